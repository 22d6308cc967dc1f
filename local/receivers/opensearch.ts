import { createBulk, type Engine } from './bulk.ts'
import type { SimulatedReceiver } from './receiver.ts'

const PASSWORD = 'correct-horse-battery-staple'

/** The query parameters of the bulk interface, and those of every interface. It knows nothing of `require_data_stream`. */
const PARAMETERS = `error_trace filter_path human pipeline pretty refresh require_alias routing timeout type
  wait_for_active_shards _source _source_excludes _source_includes`.split(/\s+/)

/** OpenSearch 3, as large as the smallest domain of Amazon OpenSearch Service takes requests: 10 MiB. */
export function createOpensearch(change: Partial<Engine> = {}): SimulatedReceiver {
  const { answer, stored } = createBulk({
    parameters: PARAMETERS,
    contentTypes: ['application/x-ndjson', 'application/json'],
    authorization: `Basic ${Buffer.from(`pollhook:${PASSWORD}`).toString('base64')}`,
    maxContentLength: 10_485_760,
    dataStreams: ['logs-'],
    ...change,
  })
  const basic = { username: 'pollhook', password: { secret: 'destinations/opensearch/password' } }
  return {
    type: 'opensearch',
    settings: (url) => ({ url, auth: { basic }, dataStream: 'logs-audit' }),
    secrets: () => ({ 'destinations/opensearch/password': PASSWORD }),
    answer,
    stored,
  }
}
