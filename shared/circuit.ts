import { z } from 'zod'
import { timestamp } from './contracts/time.ts'

/**
 * What is remembered of a destination: `destination#<id>` / `circuit`. `open` while the endpoint is wrong: messages wait, one
 * probe at a time, and nothing is used up. Unknown fields pass, so that an older version can read what a newer one wrote.
 */
export const circuit = z.object({
  open: z
    .object({
      /** Why, in one sentence without a secret, a body or an event. */
      reason: z.string(),
      since: timestamp,
      /** Nobody probes before this; whoever moves it is the one that probes. */
      nextProbeAt: timestamp,
      probes: z.number(),
      /** The queue message whose answer opened it or kept it open; absent when there was no answer. */
      messageId: z.string().optional(),
    })
    .optional(),
  /** Holds that are over, `[from, to)`, oldest first: the give-up clock of a message stood still in them. */
  holds: z.array(z.object({ from: timestamp, to: timestamp })),
  /** Queue messages that opened the circuit before another one went through: it is they, not the endpoint. */
  suspects: z.array(z.string()),
  /** No request before this: the receiver asked everybody to wait. */
  throttledUntil: timestamp.optional(),
  /** The first of an unbroken row of TLS or DNS failures. */
  failingSince: timestamp.optional(),
})

export type Circuit = z.infer<typeof circuit>

/** A destination of which nothing is remembered. */
export const CLOSED: Circuit = { holds: [], suspects: [] }
