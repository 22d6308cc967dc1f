import type { IncomingMessage, ServerResponse } from 'node:http'

/** One emulated AWS service. It owns no address of its own: the gateway hands it the requests that are meant for it. */
export interface Emulator {
  /** A failure to answer is the gateway's to end. */
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>
  /** Closes its files. No request may be under way. */
  close(): Promise<void>
}

/** The account and the Region that everything emulated lives in. */
export const ACCOUNT_ID = '000000000000'
export const REGION = 'us-east-1'
