/** Where a collector answers, and what of its endpoints may stand behind it: what people copy from a console or an example. */
const COLLECTOR = /\/(services\/collector|api\/v1\/ingest\/hec)(\/(event|raw)(\/1\.0)?)?$/

/**
 * The address of one endpoint of an HTTP Event Collector.
 *
 * @param url the receiver's address, with or without the collector's path; a path before it and a query stay
 * @param endpoint such as `event`; empty for the collector itself
 * @param collector the collector's path where the address has none, such as `/services/collector`
 */
export function collectorUrl(url: string, endpoint: string, collector: string): URL {
  const address = new URL(url)
  const path = address.pathname.replace(/\/+$/, '')
  const [end = '', named] = COLLECTOR.exec(path) ?? []
  const before = path.slice(0, path.length - end.length)
  address.pathname = `${before}${named === undefined ? collector : `/${named}`}${endpoint === '' ? '' : `/${endpoint}`}`
  return address
}
