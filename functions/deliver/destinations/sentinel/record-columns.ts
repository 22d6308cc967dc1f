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
  return Object.fromEntries(pieces(raw).map((piece, index) => [index === 0 ? 'RawData' : `RawData${index + 1}`, piece]))
}

function pieces(text: string): string[] {
  const bytes = Buffer.from(text)
  if (bytes.length <= MOST_BYTES) return [text]
  const found: string[] = []
  for (let from = 0; from < bytes.length; ) {
    const to = characterStart(bytes, from + MOST_BYTES)
    found.push(bytes.subarray(from, to).toString())
    from = to
  }
  return found
}

/** The first byte of the character that a byte belongs to; bytes within a character begin with the bits 10. */
function characterStart(bytes: Buffer, at: number): number {
  let start = Math.min(at, bytes.length)
  while (start < bytes.length && (bytes.readUInt8(start) & 0b1100_0000) === 0b1000_0000) start--
  return start
}
