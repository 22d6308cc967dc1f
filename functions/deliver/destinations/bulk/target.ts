import { z } from 'zod'

/**
 * Names that both engines take: lower case, no separator at the beginning, at most 255 bytes
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create).
 */
const NAME = /^[a-z0-9][a-z0-9._-]{0,254}$/

const name = z
  .string()
  .regex(NAME, 'must be a name of a to z, 0 to 9, ., _ and -, that begins with a letter or a digit')

/** Where the documents go: one of the two. */
export interface Target {
  readonly dataStream?: string | undefined
  readonly index?: string | undefined
}

/** The fields of a configuration that say where documents go. */
export const targetFields = {
  dataStream: name.optional().describe('the data stream; or `index`'),
  index: name.optional().describe('the index, or an alias with one index to write to; or `dataStream`'),
}

/** The field for the record's own key. */
export const recordField = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a key of a to z, 0 to 9 and _')
  .optional()
  .describe("the key that the vendor's record stands under; default the type of the source")

export const eventOriginal = z
  .boolean()
  .default(false)
  .describe("whether the vendor's record is in `event.original` as well, as text")

/** How a data stream of Elastic is named: `logs-<dataset>-<namespace>`; undefined for a name of another form. */
export function datasetOf({
  dataStream = '',
}: Target): { type: string; dataset: string; namespace: string } | undefined {
  const [, type, dataset, namespace] = /^(logs|metrics|traces|synthetics)-([^-]+)-(.+)$/.exec(dataStream) ?? []
  if (type === undefined || dataset === undefined || namespace === undefined) return undefined
  return { type, dataset, namespace }
}

/**
 * The address of the bulk interface of one data stream or index.
 *
 * @param url the receiver's address; a path before and a query stay
 */
export function bulkUrl(url: string, target: string, parameters: Readonly<Record<string, string>>): string {
  const address = new URL(url)
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/${target}/_bulk`
  for (const [parameter, value] of Object.entries(parameters)) address.searchParams.set(parameter, value)
  return address.href
}
