import { SQSClient } from '@aws-sdk/client-sqs'
import type { ReceiverAnswer, SimulatedReceiver } from '../../../../local/receivers/receiver.ts'
import { requestSigner } from '../../../../shared/aws/sign-request.ts'
import type { AwsAuth } from '../../../../shared/contracts/auth.ts'
import type { AnyDestination, Outcome, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { HttpRequest } from '../../../../shared/contracts/http.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { configFor, receivedRequest, responseOf, secretsOf } from './post-to-receiver.ts'

export const NOW = new Date('2026-05-01T10:15:42.479Z')

/** As in a local run, where any access key goes with this secret. */
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'local' }
const sign = requestSigner(new SQSClient({ region: 'eu-west-1', credentials: CREDENTIALS }), () => NOW)

/** As `postTo`, for receivers of AWS: the request is signed as the core signs it. */
export async function postSigned(
  receiver: SimulatedReceiver,
  destination: AnyDestination,
  events: readonly OutgoingEvent[],
  change: Readonly<Record<string, unknown>> = {},
): Promise<{ answer: ReceiverAnswer; outcome: Outcome; request: HttpRequest }> {
  const config = configFor(receiver, destination, change)
  const delivery = deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
  if (config.auth?.kind !== 'aws') throw new TypeError('The destination does not sign for AWS')
  const request = await signed(destination.request(delivery, config.own, secretsOf(receiver), NOW), config.auth)
  const answer = receiver.answer(receivedRequest(request))
  return { request, answer, outcome: destination.outcome(responseOf(answer), delivery, config.own, NOW) }
}

/** With the header that HTTP adds by itself. */
async function signed(request: HttpRequest, auth: AwsAuth): Promise<HttpRequest> {
  const { headers, ...rest } = await sign(request, auth)
  return { ...rest, headers: { ...headers, host: new URL(request.url).host } }
}
