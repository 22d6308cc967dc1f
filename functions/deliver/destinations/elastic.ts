import { z } from 'zod'
import type { Destination } from '../../../shared/contracts/destination.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import { bulkOutcome } from './bulk/items.ts'
import { ANSWER_PARTS, BULK_BATCH, BULK_CONTENT_TYPE, operations } from './bulk/operations.ts'
import { bulkUrl, eventOriginal, recordField, targetFields } from './bulk/target.ts'

/** Elasticsearch makes it by itself, from its built-in template `logs`. */
const DEFAULT_DATA_STREAM = 'logs-pollhook-default'

const config = z
  .strictObject({
    url: httpsUrl.describe('the address of Elasticsearch, such as https://acme.es.eu-west-1.aws.found.io'),
    apiKey: secretRef.optional().describe('an API key, as Kibana shows it encoded; or `auth`'),
    ...targetFields,
    recordField,
    eventOriginal,
  })
  .refine(({ dataStream, index }) => dataStream === undefined || index === undefined, {
    message: 'must have one of dataStream and index, not both',
  })

type Config = z.infer<typeof config>

/** Elasticsearch, from 8.18 on, and Elastic's serverless projects: the bulk interface, documents in the Elastic Common Schema. */
export const elastic: Destination<Config> = {
  type: 'elastic',
  config,
  batch: BULK_BATCH,
  compression: 'gzip',
  storesOnce: true,
  auth: ({ apiKey }) => apiKey && { kind: 'header', name: 'authorization', prefix: 'ApiKey ', key: apiKey },
  request(delivery, config) {
    const { index, dataStream = DEFAULT_DATA_STREAM } = config
    const parameters = {
      filter_path: ANSWER_PARTS,
      // An error would quote the document otherwise.
      include_source_on_error: 'false',
      // A plain index of that name would be made otherwise, where no template says that it is a data stream.
      ...(index === undefined && { require_data_stream: 'true' }),
    }
    const shape = index === undefined ? { ...config, dataStream } : config
    return {
      method: 'POST',
      url: bulkUrl(config.url, index ?? dataStream, parameters),
      headers: { 'content-type': BULK_CONTENT_TYPE },
      body: operations(delivery, shape, true),
    }
  },
  outcome: bulkOutcome,
}
