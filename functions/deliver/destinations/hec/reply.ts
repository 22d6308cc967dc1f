import { z } from 'zod'
import { jsonReply } from '../json-reply.ts'

const schema = z
  .looseObject({
    code: z.int(),
    'invalid-event-number': z.int().min(0).optional().catch(undefined),
    ackId: z.int().min(0).optional().catch(undefined),
  })
  .transform((reply) => ({
    code: reply.code,
    /** Of the first object that was not taken, zero-based. */
    invalidEvent: reply['invalid-event-number'],
    ackId: reply.ackId,
  }))

/** What a collector says in the body of its answer. */
export type HecReply = z.output<typeof schema>

/** Undefined when the body is not a collector's: a proxy's page, for example, or half of an answer. */
export function hecReply(body: string): HecReply | undefined {
  return jsonReply(body, schema)
}
