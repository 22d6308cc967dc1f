import { createBulk, type Engine } from './bulk.ts'
import type { SimulatedReceiver } from './receiver.ts'

const API_KEY = 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=='

/** The query parameters of the bulk interface, and those of every interface. */
const PARAMETERS =
  `error_trace filter_path human include_source_on_error list_executed_pipelines pipeline pretty refresh
  require_alias require_data_stream routing timeout wait_for_active_shards _source _source_excludes _source_includes`.split(
    /\s+/,
  )

/** Elasticsearch 9 with its built-in template `logs`, which makes data streams of all names `logs-*-*`. */
export function createElastic(change: Partial<Engine> = {}): SimulatedReceiver {
  const { answer, stored } = createBulk({
    parameters: PARAMETERS,
    contentTypes: [
      'application/x-ndjson',
      'application/json',
      'application/vnd.elasticsearch+x-ndjson; compatible-with=9',
    ],
    authorization: `ApiKey ${API_KEY}`,
    maxContentLength: 104_857_600,
    dataStreams: ['logs-'],
    ...change,
  })
  return {
    type: 'elastic',
    settings: (url) => ({ url, apiKey: { secret: 'destinations/elastic/api-key' } }),
    secrets: () => ({ 'destinations/elastic/api-key': API_KEY }),
    // Its clients refuse to talk to a server that does not say so.
    answer: (request) => {
      const { headers, ...found } = answer(request)
      return { ...found, headers: { ...headers, 'x-elastic-product': 'Elasticsearch' } }
    },
    stored,
  }
}
