import { secretRefs } from '../../shared/config/secret-refs.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import { Fault, type FaultKind } from '../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse, SecretStore, Secrets, Send, SendOptions } from '../../shared/contracts/http.ts'
import type { Page } from '../../shared/contracts/source.ts'
import { type RetryClock, sendWithRetries } from '../../shared/http/quick-retry.ts'
import { retryAfter } from '../../shared/http/retry-after.ts'

/** Time for one request, from its first byte sent to the last one read. */
export const REQUEST_TIMEOUT_MS = 30_000

/** With less than this, an answer is not to be expected. */
const LEAST_TIMEOUT_MS = 1_000

/** A page above this, decompressed, is asked for again in smaller pieces. Parsed, it takes about five times as much memory. */
const MAX_PAGE_BYTES = 24 * 1024 * 1024

/** What the run lends to a fetch. */
export interface FetchPorts extends RetryClock {
  readonly send: Send
  readonly secrets: SecretStore
  /** Now by the vendor's clock, as far as it is known: a signature has a time in it. */
  readonly vendorNow: () => Date
  /** How long the next request may take; a second at least, or it is not made. */
  readonly timeLeftMs: () => number
  /** Called before every request, so that it is counted. */
  readonly onRequest: () => void
  /** Called with the `Date` of every answer, before it is read. @throws Fault `clock-skewed` */
  readonly onAnswer: (date: string | undefined) => void
}

export type FetchPage = (position: unknown, pageSize: number) => Promise<Page>

/**
 * Reads the secrets, and returns a function that makes the request for a position and reads the answer. It throws Fault as the
 * vendor, or the status where the vendor has no word for it, says.
 *
 * @throws Fault `secret-missing`, `store-unavailable`
 */
export async function pageFetcher(config: SourceConfig, ports: FetchPorts): Promise<FetchPage> {
  const { source, own } = config
  const references = secretRefs(own)
  let secrets = await ports.secrets.read(references, false)

  return async function fetchPage(position, pageSize) {
    const request = source.request(position, own, pageSize)
    let response = await send(request, secrets)
    if (response.status === 401 || response.status === 403) {
      const [used, fresh] = [secrets, await ports.secrets.read(references, true)]
      secrets = fresh
      // The same credential once more would only be one more failed sign-in in the customer's own log.
      if (references.some((reference) => used(reference) !== fresh(reference))) response = await send(request, fresh)
    }
    // Other answers say when to come back, which matters more; a 401 may be a signature with the wrong time in it.
    if (response.status < 300 || response.status === 401) ports.onAnswer(response.headers.date)
    if (response.status < 200 || response.status > 299) {
      const kind = source.classify?.(response, position) ?? kindOfStatus(response.status)
      throw faultOf(kind, response, request, ports.now())
    }
    return source.parse(response, own, position)
  }

  /** A run must not be killed while it waits for an answer: that would look like its death, and hold the lease. */
  async function sendInTime(request: HttpRequest, limits: SendOptions): Promise<HttpResponse> {
    const timeoutMs = Math.min(limits.timeoutMs, ports.timeLeftMs())
    if (timeoutMs >= LEAST_TIMEOUT_MS) return ports.send(request, { ...limits, timeoutMs })
    const text = `Cannot ask ${new URL(request.url).host} once more: found ${timeoutMs} ms left of the run, wanted ${LEAST_TIMEOUT_MS}`
    throw new Fault('timed-out', text)
  }

  function send(request: HttpRequest, secrets: Secrets): Promise<HttpResponse> {
    const build = (): HttpRequest => {
      ports.onRequest()
      const credential = source.authorize(request, own, secrets, ports.vendorNow())
      return { ...request, headers: { ...request.headers, ...credential } }
    }
    const { allowPrivateNetworks } = config
    const limits = { timeoutMs: REQUEST_TIMEOUT_MS, maxBytes: MAX_PAGE_BYTES, allowPrivateNetworks }
    return sendWithRetries(sendInTime, build, limits, ports).catch((error: unknown) => {
      // What is read around a page that is too large is saved, too, and goes by a clock.
      if (error instanceof Fault && error.kind === 'too-large') ports.onAnswer(error.date)
      throw error
    })
  }
}

/** What a status means where the source has no word of its own: one table for all vendors. */
function kindOfStatus(status: number): FaultKind {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 408 || status >= 500) return 'vendor-error'
  if (status === 413) return 'too-large'
  if (status === 425 || status === 429) return 'throttled'
  return 'request-rejected'
}

function faultOf(kind: FaultKind, response: HttpResponse, request: HttpRequest, now: Date): Fault {
  const { host } = new URL(request.url)
  const notBefore = retryAfter(response.headers, now)
  const more = { status: response.status, ...(notBefore !== undefined && { notBefore }) }
  return new Fault(kind, `Cannot read a page from ${host}: found status ${response.status}, wanted 200`, more)
}
