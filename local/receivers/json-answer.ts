import type { ReceiverAnswer } from './receiver.ts'

/** https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export const AWS_JSON = 'application/x-amz-json-1.1'

/** An answer whose body is JSON. @param contentType default `application/json` */
export function jsonAnswer(status: number, value: unknown, contentType = 'application/json'): ReceiverAnswer {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(value) }
}
