import { z } from 'zod'
import type { Delivery, Destination, Outcome } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import { acknowledgement, channelOf, receiptOf } from './hec/acknowledgement.ts'
import { collectorUrl } from './hec/collector-url.ts'
import { envelopes, metadataText } from './hec/envelopes.ts'
import { hecReply } from './hec/reply.ts'
import { splunkOutcome } from './hec/splunk-outcome.ts'

const config = z.strictObject({
  url: httpsUrl.describe(
    'the collector, such as https://http-inputs-acme.splunkcloud.com or https://splunk.example.com:8088',
  ),
  token: secretRef.describe('the token of the HTTP Event Collector'),
  index: metadataText.optional().describe('the index; default as the token says'),
  sourcetype: metadataText.optional().describe('the source type; default as the token says'),
  source: metadataText.optional().describe('the source; default the id of the source in pollhook'),
  host: metadataText.optional().describe('the host; default as Splunk says'),
  acknowledge: z
    .boolean()
    .default(false)
    .describe(
      'whether events count as delivered only when the indexers have them; for tokens with indexer acknowledgement',
    ),
})

type Config = z.infer<typeof config>

/**
 * Splunk's HTTP Event Collector, its event endpoint
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector).
 *
 * A body is at most 1,000,000 bytes, the limit of old releases and below every newer one: 600,000 of records and up to 400 around each.
 */
export const splunkHec: Destination<Config> = {
  type: 'splunk-hec',
  config,
  batch: { maxEvents: 1_000, maxBytes: 600_000 },
  compression: 'gzip',
  storesOnce: false,
  auth: ({ token }) => ({ kind: 'header', name: 'authorization', prefix: 'Splunk ', key: token }),
  confirmation: acknowledgement,
  request,
  outcome,
}

function request(delivery: Delivery, config: Config): HttpRequest {
  const channel = config.acknowledge ? { 'x-splunk-request-channel': channelOf(delivery, config) } : {}
  return {
    method: 'POST',
    url: collectorUrl(config.url, 'event', '/services/collector').href,
    headers: { 'content-type': 'application/json', ...channel },
    body: envelopes(delivery, config),
  }
}

function outcome(response: HttpResponse, delivery: Delivery, config: Config): Outcome {
  const found = splunkOutcome(response, delivery, !config.acknowledge)
  if (found.kind !== 'delivered' || !config.acknowledge) return found
  const ackId = hecReply(response.body)?.ackId
  if (ackId !== undefined) return { kind: 'accepted', receipt: receiptOf(channelOf(delivery, config), ackId) }
  return { kind: 'hold', reason: 'the receiver acknowledges nothing: turn on indexer acknowledgement for the token' }
}
