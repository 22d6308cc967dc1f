import type { z } from 'zod'
import { jsonIn } from '../../../shared/contracts/json-in.ts'

/** An answer's body as the schema reads it; undefined when it is not JSON, or JSON of another shape. */
export function jsonReply<Reply>(body: string, schema: z.ZodType<Reply>): Reply | undefined {
  const read = schema.safeParse(jsonIn(body))
  return read.success ? read.data : undefined
}
