const CONTINUES = 0b1000_0000
const LEADING_BITS = 0b1100_0000

/**
 * A text in as few pieces as there must be for none to be above `maxBytes` in UTF-8; no character is torn apart. For
 * receivers that cut off or refuse what is too long for one entry: joined in order, the pieces are the text again.
 *
 * As a JSON string a piece takes at most twice its bytes, plus the quotes: that is what escaping a quote, a backslash or a
 * line feed costs.
 *
 * @param maxBytes at least 4, the longest character
 */
export function pieces(text: string, maxBytes: number): string[] {
  if (Buffer.byteLength(text) <= maxBytes) return [text]
  const bytes = Buffer.from(text)
  const found: string[] = []
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(from + maxBytes, bytes.length)
    while (to < bytes.length && ((bytes[to] ?? 0) & LEADING_BITS) === CONTINUES) to--
    found.push(bytes.toString('utf8', from, to))
    from = to
  }
  return found
}
