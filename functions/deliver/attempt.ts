import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Delivery, Outcome } from '../../shared/contracts/destination.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { HttpResponse, Secrets, Send } from '../../shared/contracts/http.ts'
import { retryAfter } from '../../shared/http/retry-after.ts'
import { isEndpointFault } from '../../shared/http/unreachable.ts'
import { configuredHeaders } from './authorize.ts'

/** A reply is read up to here. The bulk interfaces of SIEMs answer with a line for each event. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024

/** One request and what came of it. */
export interface Attempted {
  readonly outcome: Outcome
  /** Absent when no answer came, or no request could be made. */
  readonly status?: number | undefined
  /** The answer's body: may hold anything, so it is never logged. */
  readonly reply?: string | undefined
  /** True when no answer came because of a name or a certificate. */
  readonly endpointFailed: boolean
  readonly startedAt: Date
  readonly endedAt: Date
}

type Judgement = Omit<Attempted, 'startedAt' | 'endedAt'>

/**
 * Makes one request and reads its answer as an outcome. Everything that may go wrong with a receiver or its configuration is
 * an outcome; what goes wrong on our side is thrown.
 */
export async function attempt(
  delivery: Delivery,
  config: DestinationConfig,
  secrets: Secrets,
  ports: { readonly send: Send; readonly now: () => Date },
): Promise<Attempted> {
  const { destination, own, timeoutMs, allowPrivateNetworks } = config
  const startedAt = ports.now()
  const ended = (judge: (now: Date) => Judgement): Attempted => {
    const endedAt = ports.now()
    return { ...judge(endedAt), startedAt, endedAt }
  }
  try {
    const request = destination.request(delivery, own, secrets, startedAt)
    // What the destination sets comes last: a signature or an id must not be replaced.
    const headers = { ...configuredHeaders(config, secrets), ...request.headers }
    const options = { timeoutMs, maxBytes: MAX_REPLY_BYTES, allowPrivateNetworks }
    const response = await ports.send({ ...request, headers }, options)
    return ended((now) => judged(response, delivery, config, now))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return ended((now) => failed(error, delivery, config, now))
  }
}

function judged(response: HttpResponse, delivery: Delivery, config: DestinationConfig, now: Date): Judgement {
  const outcome = config.destination.outcome(response, delivery, config.own, now)
  const { status, body } = response
  return { outcome: askedToWait(outcome, response, now), status, reply: body, endpointFailed: false }
}

/** Adds what the answer says about when to come back, unless the destination knew better. */
function askedToWait(outcome: Outcome, { status, headers }: HttpResponse, now: Date): Outcome {
  const isRetry = outcome.kind === 'retry' || (outcome.kind === 'partial' && outcome.retry.length > 0)
  if (!isRetry || outcome.notBefore !== undefined) return outcome
  // The other headers say when a quota starts anew, which explains a 429 and nothing else.
  const notBefore = status === 429 || headers['retry-after'] !== undefined ? retryAfter(headers, now) : undefined
  return notBefore === undefined ? outcome : { ...outcome, notBefore }
}

/** @throws the fault when it is ours, such as a store that does not answer */
function failed(fault: Fault, delivery: Delivery, config: DestinationConfig, now: Date): Judgement {
  const reason = fault.message
  switch (fault.kind) {
    case 'timed-out':
    case 'unreachable':
      return { outcome: { kind: 'retry', reason }, endpointFailed: isEndpointFault(fault) }
    case 'too-large':
      // The receiver has decided all the same, and its status says how, unless it has to be read in the body.
      if (fault.status === undefined) return { outcome: { kind: 'retry', reason }, endpointFailed: false }
      return judged({ status: fault.status, headers: {}, body: '' }, delivery, config, now)
    case 'blocked-address':
    case 'configuration-invalid':
      return { outcome: { kind: 'hold', reason }, endpointFailed: false }
    default:
      throw fault
  }
}
