/** A request as a simulated receiver gets it. */
export interface ReceivedRequest {
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Decompressed where `content-encoding` said gzip. */
  readonly body: Buffer
  /** How many bytes came over the wire. */
  readonly wireBytes: number
}

export interface ReceiverAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An event that a receiver has stored, and would show to its user. */
export interface StoredEvent {
  /** pollhook's id of it, `evt_…`. */
  readonly id: string
  /** The vendor's record, as far as the receiver keeps it apart: JSON text. */
  readonly raw: string
}

export interface ReceiverOptions {
  /** Asked for each event that the receiver could refuse for the moment by itself; such as an item of a bulk request. */
  readonly itemFails?: () => boolean
}

/**
 * A strict receiver of one kind, written from its vendor's documentation: it refuses whatever is not documented, such as another
 * content type, another framing, a body above the limit, or a key in the wrong case.
 */
export interface SimulatedReceiver {
  /** The destination type that posts to it. */
  readonly type: string
  /**
   * The fields of a destination configuration, `type` left out, that posts to this receiver.
   *
   * @param url where it listens, such as `http://127.0.0.1:8088`, without a slash at the end
   */
  settings(url: string): Readonly<Record<string, unknown>>
  /** The secrets that the settings refer to. @param url as above: for some receivers the address is the secret */
  secrets(url: string): Readonly<Record<string, string>>
  answer(request: ReceivedRequest): ReceiverAnswer
  /** In the order in which they were stored. A receiver that recognises a repeat has each event once. */
  stored(): readonly StoredEvent[]
}

/** Makes one kind of receiver. */
export type CreateReceiver = (options?: ReceiverOptions) => SimulatedReceiver
