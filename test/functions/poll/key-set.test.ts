import { describe, expect, it } from 'vitest'
import { KeySet } from '../../../functions/poll/key-set.ts'
import { eventId } from '../../../shared/event-id.ts'

const key = (n: number) => Buffer.from(eventId('prod', String(n)).slice(4, 20), 'base64url')

describe('KeySet', () => {
  it('has what was added, and nothing else, however much that is', () => {
    const set = new KeySet()
    for (let n = 0; n < 50_000; n++) set.add(key(n))
    for (let n = 0; n < 50_000; n += 7) set.add(key(n))
    expect(set.size).toBe(50_000)
    let [found, strange] = [0, 0]
    for (let n = 0; n < 50_000; n++) {
      if (set.has(key(n))) found++
      if (set.has(key(-1 - n))) strange++
    }
    expect([found, strange]).toEqual([50_000, 0])
  })

  it('tells keys apart that begin alike', () => {
    const set = new KeySet()
    const alike = Array.from({ length: 300 }, (_, n) => {
      const bytes = Buffer.alloc(12, 1)
      bytes.writeUInt32LE(n, 8)
      return bytes
    })
    for (const bytes of alike.slice(0, 150)) set.add(bytes)
    expect(alike.map((bytes) => set.has(bytes))).toEqual(alike.map((_, n) => n < 150))
  })

  it('reads a key from among others', () => {
    const set = new KeySet()
    const bytes = Buffer.concat([key(1), key(2), key(3)])
    set.add(bytes, 12)
    expect([0, 12, 24].map((at) => set.has(bytes, at))).toEqual([false, true, false])
  })

  it('keeps a copy', () => {
    const [set, bytes] = [new KeySet(), key(1)]
    set.add(bytes)
    bytes.fill(0)
    expect(set.has(key(1))).toBe(true)
  })
})
