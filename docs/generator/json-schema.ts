import { z } from 'zod'
import type { Configurable } from '../../shared/config/read-config.ts'

/** A JSON Schema, as far as the generator reads it. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly pattern?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly $ref?: string
}

/** What a configuration may contain, whatever its type: one alternative per type. */
export function configurationSchema(
  title: string,
  common: z.ZodObject,
  registry: Readonly<Record<string, Configurable>>,
): Readonly<Record<string, unknown>> {
  const alternatives = Object.values(registry).map(({ type, config }) =>
    z.strictObject({ ...common.shape, type: z.literal(type), ...config.shape }),
  )
  return { title, ...z.toJSONSchema(z.union(alternatives), { io: 'input' }) }
}

/** The schema of one object's fields, with references to secrets left as references. */
export function fieldsSchema(fields: z.ZodObject): JsonSchema {
  return z.toJSONSchema(fields, { io: 'input' }) as JsonSchema
}
