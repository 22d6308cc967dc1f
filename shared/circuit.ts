import { z } from 'zod'
import { timestamp } from './contracts/time.ts'

/**
 * What is remembered of a destination: `destination#<id>` / `circuit`. `open` while the endpoint is wrong: messages wait, one
 * probe at a time, and nothing is used up.
 */
export const circuit = z.strictObject({
  open: z
    .strictObject({
      /** Why, in one sentence without a secret, a body or an event. */
      reason: z.string(),
      since: timestamp,
      /** Nobody probes before this; whoever moves it is the one that probes. */
      nextProbeAt: timestamp,
      probes: z.number(),
    })
    .optional(),
  /** Holds that are over, `[from, to)`, oldest first: the give-up clock of a message stood still in them. */
  holds: z.array(z.strictObject({ from: timestamp, to: timestamp })),
  /** No request before this: the receiver asked everybody to wait. */
  throttledUntil: timestamp.optional(),
  /** The first of an unbroken row of TLS or DNS failures. */
  failingSince: timestamp.optional(),
})

export type Circuit = z.infer<typeof circuit>

export const CLOSED: Circuit = { holds: [] }
