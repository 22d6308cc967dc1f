import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Delivery, Outcome } from '../../shared/contracts/destination.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse, Secrets } from '../../shared/contracts/http.ts'
import { retryAfter } from '../../shared/http/retry-after.ts'
import { isEndpointFault } from '../../shared/http/unreachable.ts'
import { outgoing, type SendPorts, sendAuthorized } from './send-authorized.ts'

/** One request and what came of it. */
export interface Attempted {
  readonly outcome: Outcome
  /** Absent when no answer came, or no request could be made. */
  readonly status?: number | undefined
  /** The answer's body: may hold anything, so it is never logged. */
  readonly reply?: string | undefined
  /** True when no answer came because of a name or a certificate. */
  readonly endpointFailed: boolean
  /** What was not accepted, where that is the reason for a hold: the credential, or an access token that a new one may replace. */
  readonly rejected?: 'credential' | 'token' | undefined
  readonly startedAt: Date
  readonly endedAt: Date
}

/** Stands for a body that is too long or badly compressed. Not empty, which some receivers mean something by. */
const UNREAD = '(pollhook could not read the body)'

type Judgement = Omit<Attempted, 'startedAt' | 'endedAt'>

/**
 * Makes one request and reads its answer as an outcome. Everything that may go wrong with a receiver or its configuration is
 * an outcome; what goes wrong on our side is thrown.
 */
export async function attempt(
  delivery: Delivery,
  config: DestinationConfig,
  secrets: Secrets,
  ports: SendPorts & { readonly now: () => Date },
): Promise<Attempted> {
  const { destination, own } = config
  const startedAt = ports.now()
  const ended = (judge: (now: Date) => Judgement): Attempted => {
    const endedAt = ports.now()
    return { ...judge(endedAt), startedAt, endedAt }
  }
  try {
    const request = outgoing(destination.request(delivery, own, secrets, startedAt), config, secrets)
    const response = await sendAuthorized(request, config, secrets, ports)
    return ended((now) => judged(request, response, delivery, config, now))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return ended((now) => failed(error, delivery, config, now))
  }
}

function judged(
  request: HttpRequest | undefined,
  response: HttpResponse,
  delivery: Delivery,
  config: DestinationConfig,
  now: Date,
): Judgement {
  const outcome = uncompressible(config.destination.outcome(response, delivery, config.own, now), request, response)
  const { status, body } = response
  const rejected = outcome.kind === 'hold' ? rejectedBy(status, config) : undefined
  return { outcome: askedToWait(outcome, response, now), status, reply: body, endpointFailed: false, rejected }
}

/**
 * A receiver that cannot read compressed bodies answers 415 (RFC 9110, section 15.5.16). Then the configuration is wrong, and not
 * each event.
 */
function uncompressible(outcome: Outcome, request: HttpRequest | undefined, { status }: HttpResponse): Outcome {
  const isMeant = outcome.kind === 'refused' && status === 415 && request?.headers['content-encoding'] !== undefined
  return isMeant ? { kind: 'hold', reason: 'the receiver answered 415 to a compressed body' } : outcome
}

function rejectedBy(status: number, { auth }: DestinationConfig): Attempted['rejected'] {
  if (status === 401) return auth?.kind === 'oauth2' ? 'token' : 'credential'
  return status === 403 ? 'credential' : undefined
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
  const endpointFailed = false
  switch (fault.kind) {
    case 'timed-out':
    case 'unreachable':
    case 'too-large':
      if (fault.status === undefined)
        return { outcome: { kind: 'retry', reason }, endpointFailed: isEndpointFault(fault) }
      // The receiver has decided all the same, and its status says how, unless it has to be read in the body.
      return judged(undefined, { status: fault.status, headers: {}, body: UNREAD }, delivery, config, now)
    case 'blocked-address':
    case 'configuration-invalid':
      return { outcome: { kind: 'hold', reason }, endpointFailed }
    // What else may come of the request for an access token.
    case 'throttled':
    case 'vendor-error':
    case 'unexpected-answer':
      return { outcome: { kind: 'retry', reason, notBefore: fault.notBefore }, endpointFailed }
    case 'unauthorized':
      return { outcome: { kind: 'hold', reason }, endpointFailed, rejected: 'credential' }
    case 'request-rejected':
      return { outcome: { kind: 'hold', reason }, endpointFailed }
    default:
      throw fault
  }
}
