import { z } from 'zod'
import { filter } from './config/filter.ts'
import { timestamp } from './contracts/time.ts'

/** What the poller has to know of a destination: enough to cut its messages. */
const route = z.strictObject({
  id: z.string(),
  /** At most so many events, and so many bytes of records, in one message. */
  batch: z.strictObject({ maxEvents: z.number(), maxBytes: z.number() }),
  filter,
  /** True where each source's messages go through the queue that keeps the order. Absent for false. */
  ordered: z.boolean().optional(),
})

/** What dispatch hands to a poll run. It carries the configuration, so that a run reads no parameter but its secrets. */
export const assignment = z.strictObject({
  sourceId: z.string(),
  /** The source's parameter: JSON text. */
  source: z.string(),
  routes: z.array(route).min(1),
  /** How many sources use the same credential, this one included: vendors count requests by it. Absent for 1. */
  sharedBy: z.int().positive().optional(),
  tickAt: timestamp,
})

export type Route = z.infer<typeof route>
export type Assignment = z.infer<typeof assignment>
