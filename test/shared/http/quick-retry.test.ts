import { describe, expect, test } from 'vitest'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse, Send } from '../../../shared/contracts/http.ts'
import { sendWithRetries } from '../../../shared/http/quick-retry.ts'

const OPTIONS = { timeoutMs: 1_000, maxBytes: 1_000 }
const UNREACHABLE = new Fault('unreachable', 'Cannot reach a.example')
const answer = (status: number, headers: Record<string, string> = {}): HttpResponse => ({ status, headers, body: '' })

/** Plays the answers one after the other, on a clock that only `sleep` moves. */
function play(answers: readonly (HttpResponse | Fault)[], random: number) {
  const rest = [...answers]
  const sent: HttpRequest[] = []
  const waits: number[] = []
  let nowMs = Date.parse('2026-05-01T00:00:00.000Z')
  const send: Send = async (request) => {
    sent.push(request)
    const next = rest.shift()
    if (next === undefined) throw new TypeError('One attempt too many')
    if (next instanceof Fault) throw next
    return next
  }
  const clock = {
    now: () => new Date(nowMs),
    random: () => random,
    sleep: async (ms: number) => {
      waits.push(ms)
      nowMs += ms
    },
  }
  const attempt = (now: Date): HttpRequest => ({
    method: 'GET',
    url: 'https://a.example/',
    headers: { date: now.toISOString() },
  })
  return { sent, waits, result: sendWithRetries(send, attempt, OPTIONS, clock) }
}

describe('sendWithRetries()', () => {
  test.each([200, 302, 400, 401, 404, 408, 429, 501])('returns a %i at once', async (status) => {
    const { result, sent } = play([answer(status)], 0.5)
    expect((await result).status).toBe(status)
    expect(sent).toHaveLength(1)
  })

  test.each([500, 502, 503, 504])('tries again after a %i', async (status) => {
    const { result, sent } = play([answer(status), answer(200)], 0.5)
    expect((await result).status).toBe(200)
    expect(sent).toHaveLength(2)
  })

  test('tries again when no answer came', async () => {
    const { result } = play([UNREACHABLE, UNREACHABLE, answer(200)], 0.5)
    expect((await result).status).toBe(200)
  })

  test('returns a 503 with Retry-After at once', async () => {
    const { result, sent } = play([answer(503, { 'retry-after': '30' })], 0.5)
    expect((await result).status).toBe(503)
    expect(sent).toHaveLength(1)
  })

  test('returns the third answer, whatever it is', async () => {
    const { result, sent } = play([answer(500), UNREACHABLE, answer(502)], 0.5)
    expect((await result).status).toBe(502)
    expect(sent).toHaveLength(3)
  })

  test('throws the third fault', async () => {
    const { result, sent } = play([answer(500), answer(500), UNREACHABLE], 0.5)
    await expect(result).rejects.toBe(UNREACHABLE)
    expect(sent).toHaveLength(3)
  })

  test.each(['timed-out', 'too-large', 'blocked-address'] as const)('throws a fault %s at once', async (kind) => {
    const { result, sent } = play([new Fault(kind, 'no')], 0.5)
    await expect(result).rejects.toMatchObject({ kind })
    expect(sent).toHaveLength(1)
  })

  test('builds the request for each attempt, with the time of that attempt', async () => {
    const { result, sent } = play([answer(500), answer(500), answer(200)], 0.5)
    await result
    expect(sent.map((request) => request.headers.date)).toEqual([
      '2026-05-01T00:00:00.000Z',
      '2026-05-01T00:00:00.500Z',
      '2026-05-01T00:00:02.000Z',
    ])
  })

  test('waits 3 s in all at most, and 1 s at least', async () => {
    const least = play([answer(500), answer(500), answer(200)], 0)
    const most = play([answer(500), answer(500), answer(200)], 0.999999)
    await Promise.all([least.result, most.result])
    expect(least.waits).toEqual([250, 750])
    expect(most.waits.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(3_000)
  })
})
