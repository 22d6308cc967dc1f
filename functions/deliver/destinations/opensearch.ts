import { z } from 'zod'
import type { Destination } from '../../../shared/contracts/destination.ts'
import { httpsUrl } from '../../../shared/contracts/settings.ts'
import { region } from './aws-json.ts'
import { bulkOutcome } from './bulk/items.ts'
import { ANSWER_PARTS, BULK_BATCH, BULK_CONTENT_TYPE, operations } from './bulk/operations.ts'
import { bulkUrl, eventOriginal, recordField, targetFields } from './bulk/target.ts'

const aws = z.strictObject({
  region,
  service: z
    .enum(['es', 'aoss'])
    .default('es')
    .describe('`es` for a domain of Amazon OpenSearch Service, `aoss` for a collection of OpenSearch Serverless'),
})

const config = z
  .strictObject({
    url: httpsUrl.describe('the address of OpenSearch, such as https://search-audit-….eu-west-1.es.amazonaws.com'),
    aws: aws.optional().describe("signs requests with the function's own role; or `auth`"),
    ...targetFields,
    recordField,
    eventOriginal,
    documentIds: z
      .boolean()
      .default(true)
      .describe(
        "whether the event's id is the document's; false for collections that take none, where a repeat is stored again",
      ),
  })
  .refine(({ dataStream, index }) => (dataStream === undefined) !== (index === undefined), {
    message: 'must have one of dataStream and index',
  })

type Config = z.infer<typeof config>

/** OpenSearch, Amazon OpenSearch Service and its serverless collections: the bulk interface, documents in the Elastic Common Schema. */
export const opensearch: Destination<Config> = {
  type: 'opensearch',
  config,
  batch: BULK_BATCH,
  compression: 'gzip',
  storesOnce: true,
  auth: ({ aws }) => aws && { kind: 'aws', service: aws.service, region: aws.region },
  request: (delivery, config) => ({
    method: 'POST',
    url: bulkUrl(config.url, config.dataStream ?? config.index ?? '', { filter_path: ANSWER_PARTS }),
    headers: { 'content-type': BULK_CONTENT_TYPE },
    body: operations(delivery, config, config.documentIds),
  }),
  outcome: bulkOutcome,
}
