import { z } from 'zod'
import type { Destination } from '../../../shared/contracts/destination.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import { collectorUrl } from './hec/collector-url.ts'
import { envelopes, metadataText } from './hec/envelopes.ts'
import { logscaleOutcome } from './hec/logscale-outcome.ts'

const config = z.strictObject({
  url: httpsUrl.describe('the address of LogScale, such as https://cloud.us.humio.com'),
  token: secretRef.describe('the ingest token of the repository'),
  sourcetype: metadataText.optional().describe('the parser; default the one that the ingest token names'),
  source: metadataText.optional().describe('`@source`; default the id of the source in pollhook'),
  host: metadataText.optional().describe('`@host`; default none'),
  index: metadataText
    .optional()
    .describe("the repository, where the token's own is not meant; LogScale refuses any other one"),
})

type Config = z.infer<typeof config>

/**
 * CrowdStrike Falcon LogScale, through its HTTP Event Collector (https://library.humio.com/logscale-api/log-shippers-hec.html).
 *
 * An event above 1 MB is cut off there without a word (https://library.humio.com/falcon-logscale-cloud/limits.html). LogScale's own
 * command line sends 1,048,576 bytes at a time (https://library.humio.com/logscale-cmdline/humioctl-ref-ingest.html); 600,000 of records
 * and up to 400 around each stay below.
 */
export const logscale: Destination<Config> = {
  type: 'logscale',
  config,
  batch: { maxEvents: 1_000, maxBytes: 600_000 },
  compression: 'gzip',
  storesOnce: false,
  auth: ({ token }) => ({ kind: 'bearer', token }),
  request: (delivery, config) => ({
    method: 'POST',
    url: collectorUrl(config.url, '', '/api/v1/ingest/hec').href,
    headers: { 'content-type': 'application/json' },
    body: envelopes(delivery, config),
  }),
  outcome: logscaleOutcome,
}
