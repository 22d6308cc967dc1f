/**
 * Everything that is expected to go wrong, by kind. `action` is what the poller does about it; nobody else decides.
 *
 * - `back-off`: try again later, at growing intervals. `internal` is a defect of pollhook: the invocation fails, too
 * - `wait`: the vendor named the time; not before it
 * - `suspend`: the credential is wrong; probe every 15 minutes and raise the alarm. Nothing is lost
 * - `rewind`: the position no longer works; the source says where to go on. Where it cannot, that is a gap, and the position is
 *   kept and tried every 15 minutes: a vendor's mistake may pass, and an operator can always skip
 * - `shrink`: ask again for a smaller page; with the smallest one, as `back-off`
 * - `stop`: an operator must act; the state is left as it is, and tried every 15 minutes or when the configuration changes
 * - `yield`: another run has taken over; this one writes nothing more
 */
export const FAULTS = {
  unreachable: { action: 'back-off' },
  'vendor-error': { action: 'back-off' },
  'unexpected-answer': { action: 'back-off' },
  stuck: { action: 'back-off' },
  'clock-skewed': { action: 'back-off' },
  internal: { action: 'back-off' },
  'queue-refused': { action: 'back-off' },
  'store-unavailable': { action: 'back-off' },
  'timed-out': { action: 'shrink' },
  throttled: { action: 'wait' },
  unauthorized: { action: 'suspend' },
  forbidden: { action: 'suspend' },
  'secret-missing': { action: 'suspend' },
  'position-rejected': { action: 'rewind' },
  'too-large': { action: 'shrink' },
  'request-rejected': { action: 'stop' },
  'blocked-address': { action: 'stop' },
  'position-unreadable': { action: 'stop' },
  'configuration-invalid': { action: 'stop' },
  'lease-lost': { action: 'yield' },
} as const satisfies Record<
  string,
  { action: 'back-off' | 'wait' | 'suspend' | 'rewind' | 'shrink' | 'stop' | 'yield' }
>

export type FaultKind = keyof typeof FAULTS

/**
 * An expected failure. The message says the action, what was found and what was wanted; it never holds a secret, a body or
 * an event, so it may be logged as it is.
 */
export class Fault extends Error {
  readonly kind: FaultKind
  /** With `throttled` and `unreachable`: not before this instant. */
  readonly notBefore: Date | undefined
  /** The status of the answer that was read as this fault. */
  readonly status: number | undefined
  /** With `too-large`: the `Date` header of the answer, which tells the vendor's clock. */
  readonly date: string | undefined

  constructor(
    kind: FaultKind,
    message: string,
    more: { notBefore?: Date; status?: number; date?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'Fault'
    this.kind = kind
    this.notBefore = more.notBefore
    this.status = more.status
    this.date = more.date
  }
}
