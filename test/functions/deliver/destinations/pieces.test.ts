import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pieces } from '../../../../functions/deliver/destinations/pieces.ts'

describe('pieces()', () => {
  it('is the text alone as long as that fits', () => {
    expect(pieces('abcd', 4)).toEqual(['abcd'])
    expect(pieces('', 4)).toEqual([''])
  })

  it('cuts by bytes, and tears no character apart', () => {
    expect(pieces('abcde', 4)).toEqual(['abcd', 'e'])
    expect(pieces('aé€\u{1F600}b', 4)).toEqual(['aé', '€', '\u{1F600}', 'b'])
    expect(pieces('\u{1F600}\u{1F601}', 5)).toEqual(['\u{1F600}', '\u{1F601}'])
  })

  it('joined is the text again, and no piece is empty, above the limit, or smaller than need be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 4, max: 40 }), (text, maxBytes) => {
        const found = pieces(text, maxBytes)
        expect(found.join('')).toBe(text)
        for (const [index, piece] of found.entries()) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(maxBytes)
          if (index < found.length - 1) expect(Buffer.byteLength(piece)).toBeGreaterThan(maxBytes - 4)
        }
      }),
    )
  })

  it('as a JSON string takes at most twice its bytes and the quotes, unless it holds control characters, which JSON cannot', () => {
    const json = fc.json({ noUnicodeString: false, stringUnit: 'binary' }).map((text) => `[${text}\n]`)
    fc.assert(
      fc.property(json, (text) => {
        for (const piece of pieces(text, 16)) {
          expect(Buffer.byteLength(JSON.stringify(piece))).toBeLessThanOrEqual(2 * Buffer.byteLength(piece) + 2)
        }
      }),
    )
  })
})
