import { z } from 'zod'
import type { Destination } from '../../../shared/contracts/destination.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import { eventIds, MOST_IDS } from './event-ids.ts'
import { collectorUrl } from './hec/collector-url.ts'
import { logscaleOutcome } from './hec/logscale-outcome.ts'
import { oneLine } from './one-line.ts'

const config = z.strictObject({
  url: httpsUrl.describe(
    'the API URL of the connector, such as https://….ingest.us-1.crowdstrike.com/services/collector',
  ),
  token: secretRef.describe('the API key of the connector'),
})

type Config = z.infer<typeof config>

/**
 * CrowdStrike Falcon Next-Gen SIEM, through an HEC/HTTP event connector (https://developer.crowdstrike.com/ngsiem/data-ingestion/).
 *
 * Its parsers expect the vendor's original record, and everything that is sent is billed, so each line is a record and nothing
 * else (https://docs.cribl.io/stream/destinations-crowdstrike-next-gen-siem): the raw endpoint makes an event of each line
 * (https://library.humio.com/logscale-api/log-shippers-hec-raw.html). CrowdStrike's own library posts up to 10,240,000 bytes to it.
 * pollhook's ids are in a header.
 */
export const crowdstrikeNgsiem: Destination<Config> = {
  type: 'crowdstrike-ngsiem',
  config,
  batch: { maxEvents: MOST_IDS, maxBytes: 800_000 },
  maxEventsPerRequest: () => MOST_IDS,
  compression: 'gzip',
  storesOnce: false,
  auth: ({ token }) => ({ kind: 'bearer', token }),
  request: (delivery, { url }) => ({
    method: 'POST',
    url: collectorUrl(url, 'raw', '/services/collector').href,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...eventIds(delivery) },
    body: delivery.events.map(({ raw }) => `${oneLine(raw)}\n`).join(''),
  }),
  outcome: logscaleOutcome,
}
