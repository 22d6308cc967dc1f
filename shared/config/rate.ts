import { z } from 'zod'

const RATE = /^(\d{1,6})\/(s|m|h)$/
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const

/** At most so many requests in each second, minute or hour of the clock. */
export interface Rate {
  readonly requests: number
  readonly perMs: number
}

/** A rate such as `50/s`. */
export const rate = z
  .string()
  .meta({ pattern: RATE.source, description: 'at most so many requests, such as 50/s, 600/m or 5000/h' })
  .transform((text, context): Rate => {
    const [, digits, unit] = RATE.exec(text) ?? []
    const requests = Number(digits)
    if (requests >= 1) return { requests, perMs: UNIT_MS[unit as keyof typeof UNIT_MS] }
    context.addIssue({ code: 'custom', message: 'must be a rate such as 50/s, 600/m or 5000/h', input: text })
    return z.NEVER
  })
