import { Fault } from '../contracts/fault.ts'
import type { HttpRequest, HttpResponse, Send, SendOptions } from '../contracts/http.ts'

/** The waits before the second and third attempt, each times 0.5 to 1.5: at most 3 s in all, and no crowd after an outage. */
const WAITS_MS = [500, 1_500]

const RETRIED_STATUSES = [500, 502, 503, 504]

/** What `sendWithRetries` needs to know of time and chance. */
export interface RetryClock {
  readonly now: () => Date
  readonly sleep: (ms: number) => Promise<void>
  /** A number in [0, 1). */
  readonly random: () => number
}

/**
 * Sends, and sends twice more at most when no answer came or the answer is a 500, 502, 503 or 504 without Retry-After, which
 * would say that waiting a second is pointless. Adds at most 3 s of waiting.
 *
 * @param attempt builds the request for each attempt, because signatures carry the time
 * @returns the last answer, whatever its status
 * @throws the last attempt's Fault
 */
export async function sendWithRetries(
  send: Send,
  attempt: (now: Date) => HttpRequest,
  options: SendOptions,
  { now, sleep, random }: RetryClock,
): Promise<HttpResponse> {
  for (const waitMs of WAITS_MS) {
    const result = await tryOnce(() => send(attempt(now()), options))
    if (!deservesRetry(result)) return unwrap(result)
    await sleep(waitMs * (0.5 + random()))
  }
  return send(attempt(now()), options)
}

type Result = { readonly response: HttpResponse } | { readonly error: unknown }

async function tryOnce(send: () => Promise<HttpResponse>): Promise<Result> {
  try {
    return { response: await send() }
  } catch (error) {
    return { error }
  }
}

function deservesRetry(result: Result): boolean {
  if ('error' in result) return result.error instanceof Fault && result.error.kind === 'unreachable'
  const { status, headers } = result.response
  return RETRIED_STATUSES.includes(status) && headers['retry-after'] === undefined
}

function unwrap(result: Result): HttpResponse {
  if ('error' in result) throw result.error
  return result.response
}
