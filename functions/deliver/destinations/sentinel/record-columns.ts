import { pieces } from '../pieces.ts'

/**
 * A column holds 64 KB, and what is longer is cut off without a word
 * (https://learn.microsoft.com/en-us/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api). Bytes of UTF-8; a little less, as
 * it is not said whether a KB has 1,000 or 1,024 of them.
 */
const MOST_BYTES = 64_000

/**
 * A record as the columns `RawData`, `RawData2`, `RawData3` and so on, which are the record when one is put behind the other. Nearly every
 * record needs one of them, and a call has room for 16.
 */
export function recordColumns(raw: string): Record<string, string> {
  const columns = pieces(raw, MOST_BYTES).map((piece, index) => [
    index === 0 ? 'RawData' : `RawData${index + 1}`,
    piece,
  ])
  return Object.fromEntries(columns)
}
