const DAY_MS = 86_400_000

/** Numbers from here on are an instant in seconds since 1970 (the year 2001 and later), smaller ones a delay in seconds. */
const LEAST_EPOCH_SECONDS = 1_000_000_000
const LEAST_EPOCH_MS = 1_000_000_000_000

const NUMBER = /^-?\d+(\.\d+)?$/
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /
const ISO_DATE = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/

/** In this order: the first one that can be read counts. */
const HEADERS = ['retry-after', 'x-ratelimit-reset', 'ratelimit-reset', 'x-rate-limit-reset']

/**
 * When an answer asks to come back: `Retry-After` as seconds or a date (RFC 9110, 10.2.3), or one of the reset headers as
 * seconds, an epoch in seconds or milliseconds, or a date. What lies in the past is `now`, and what lies more than 24 hours
 * ahead is 24 hours ahead.
 *
 * @param headers names in lower case
 * @returns undefined when no header says so in a readable way
 */
export function retryAfter(headers: Readonly<Record<string, string>>, now: Date): Date | undefined {
  for (const name of HEADERS) {
    const atMs = instantMs(headers[name]?.trim() ?? '', now.getTime())
    if (atMs !== undefined) return new Date(Math.min(Math.max(atMs, now.getTime()), now.getTime() + DAY_MS))
  }
  return undefined
}

function instantMs(text: string, nowMs: number): number | undefined {
  if (NUMBER.test(text)) {
    const value = Number(text)
    if (value >= LEAST_EPOCH_MS) return value
    return value >= LEAST_EPOCH_SECONDS ? value * 1000 : nowMs + value * 1000
  }
  if (!HTTP_DATE.test(text) && !ISO_DATE.test(text)) return undefined
  // The obsolete form `Sun Nov  6 08:49:37 1994` names no zone and means GMT; Date.parse would take the machine's own.
  const atMs = Date.parse(/^[A-Z][a-z]{2} /.test(text) ? `${text} GMT` : text)
  return Number.isNaN(atMs) ? undefined : atMs
}
