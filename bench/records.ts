import type { SQSRecord } from 'aws-lambda'
import { simulatedBloodhound } from '../local/vendors/bloodhound.ts'
import { eventId } from '../shared/event-id.ts'
import { encode } from '../shared/message.ts'

/** Messages of one event each, as the deliver function receives them. */
export function recordsOf(events: number): SQSRecord[] {
  const log = simulatedBloodhound({ auth: 'jwt' }).open(2)
  const now = Date.now()
  return Array.from({ length: events }, (_, n) => {
    const time = new Date(now - events + n)
    const { id, raw } = log.emit(time)
    const event = { id: eventId('bench', id), type: 'bloodhound.event', time: time.toISOString(), raw }
    return recordOf(
      `${n}`,
      encode({ v: 1, destination: 'hook', source: { id: 'bench', type: 'bloodhound' }, events: [event] }),
    )
  })
}

/** A message as Lambda hands it over that has just been sent, and is received for the first time. */
export function recordOf(messageId: string, body: string, group = 'hook'): SQSRecord {
  const sentAt = String(Date.now())
  return {
    messageId,
    receiptHandle: messageId,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: sentAt,
      SenderId: 'bench',
      ApproximateFirstReceiveTimestamp: sentAt,
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
    awsRegion: 'us-east-1',
  }
}
