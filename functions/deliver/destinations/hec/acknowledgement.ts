import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Confirmation, Delivery } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { jsonReply } from '../json-reply.ts'
import { CODES } from './codes.ts'
import { collectorUrl } from './collector-url.ts'
import { hecReply } from './reply.ts'
import { byStatus } from './splunk-outcome.ts'

interface Acknowledging {
  readonly url: string
}

/** The collector keeps the numbers of requests per channel; a receipt says both. */
const RECEIPT = /^([0-9a-f-]{36})\/(\d+)$/i

const acknowledged = z.looseObject({ acks: z.record(z.string(), z.boolean()) })

/**
 * The channel of a delivery, a UUID of version 8 (RFC 9562, section 5.8): each has one of its own. The collector counts the requests of
 * a channel from 0, and after a restart from 0 again: in a channel that is shared, a number could then be acknowledged that stands for
 * other events. In this one, every number stands for these.
 */
export function channelOf({ id }: Delivery, config: Acknowledging): string {
  const bytes = createHash('sha256')
    .update(`${JSON.stringify(config)}\n${id}`)
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export function receiptOf(channel: string, ackId: number): string {
  return `${channel}/${ackId}`
}

/**
 * Asks whether a request has been indexed and replicated. The collector forgets the number once it has said `true`, and all numbers
 * when it restarts: `false` may mean "not yet" or "unknown", so after some minutes the events are sent again
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment,
 * which advises to ask every 10 s for 5 minutes).
 */
export const acknowledgement: Confirmation<Acknowledging> = {
  everyMs: 10_000,
  giveUpAfterMs: 300_000,
  request(receipt, { url }) {
    const { channel, ackId } = readReceipt(receipt) ?? { channel: '', ackId: '0' }
    const address = collectorUrl(url, 'ack', '/services/collector')
    address.searchParams.set('channel', channel)
    const headers = { 'content-type': 'application/json' }
    return { method: 'POST', url: address.href, headers, body: `{"acks":[${ackId}]}` }
  },
  outcome,
}

function outcome({ status, body }: HttpResponse, receipt: string): ReturnType<Confirmation<Acknowledging>['outcome']> {
  const ackId = readReceipt(receipt)?.ackId
  if (ackId === undefined) return { kind: 'refused', reason: 'the receipt cannot be read' }
  const acks = jsonReply(body, acknowledged)?.acks
  if (status === 200 && acks !== undefined) {
    return acks[ackId] === true
      ? { kind: 'delivered' }
      : { kind: 'retry', reason: 'the receiver has not indexed the events yet' }
  }
  const code = hecReply(body)?.code
  const known = code === undefined ? undefined : CODES[code]
  const kind = known?.means === 'hold' || known?.means === 'retry' ? known.means : byStatus(status).kind
  const detail = known === undefined ? '' : `, code ${code}: ${known.text}`
  const reason = `asked for an acknowledgement, the receiver answered ${status}${detail}`
  return kind === 'hold' || kind === 'retry' ? { kind, reason } : { kind: 'refused', reason }
}

function readReceipt(receipt: string): { channel: string; ackId: string } | undefined {
  const [, channel, ackId] = RECEIPT.exec(receipt) ?? []
  return channel === undefined || ackId === undefined ? undefined : { channel, ackId }
}
