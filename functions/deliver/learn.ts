import type { Circuit } from '../../shared/circuit.ts'
import { closed, confirmed, failed, left, opened, reached, taken, throttled } from './circuit.ts'
import { LONGEST_DELAY_MS } from './schedule.ts'
import type { Ending, Stop } from './stop.ts'

/** Answers that speak for the receiver as a whole when they also say when to come back. */
const THROTTLING_STATUSES = [429, 503]

/** Which message asked, and when. */
export interface Sender {
  readonly messageId: string
  readonly isProbe: boolean
  /** Since when the message has been tried. */
  readonly triedSince: Date
  readonly isOrdered: boolean
  readonly now: Date
}

/** What the answers to one message say about its destination: the circuit after them, or the same object when nothing. */
export function learn(circuit: Circuit, { answered, judged, stop }: Ending, sender: Sender): Circuit {
  const known = answered ? reached(circuit) : circuit
  // Only the probe closes: an answer that comes in late may belong to a request from before.
  const proven = judged && sender.isProbe ? closed(known, sender.messageId, sender.now) : known
  if (stop === undefined) return taken(proven, sender.now)
  if (stop.kind === 'time') return proven
  if (stop.kind === 'hold') return held(proven, stop, sender)
  return left(retried(proven, stop, sender), sender, sender.now)
}

/** A suspect proves nothing by its answers: they hold up itself, not the others. */
function held(circuit: Circuit, { reason, attempted }: Attempt, { messageId, isProbe, now }: Sender): Circuit {
  const answeredTo = attempted.status === undefined ? undefined : messageId
  if (answeredTo !== undefined && circuit.suspects.includes(answeredTo)) return circuit
  return isProbe && circuit.open !== undefined
    ? confirmed(circuit, reason, answeredTo)
    : opened(circuit, reason, answeredTo, now)
}

function retried(circuit: Circuit, { reason, notBefore, attempted }: Attempt, { now }: Sender): Circuit {
  if (attempted.endpointFailed) return failed(circuit, reason, now)
  const isThrottling = THROTTLING_STATUSES.includes(attempted.status ?? 0)
  if (!isThrottling || notBefore === undefined || notBefore <= now) return circuit
  return throttled(circuit, new Date(Math.min(notBefore.getTime(), now.getTime() + LONGEST_DELAY_MS)))
}

type Attempt = Exclude<Stop, { readonly kind: 'time' }>
