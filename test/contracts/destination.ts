import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { AnyDestination, Delivery, OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse, SecretRef } from '../../shared/contracts/http.ts'
import { deliveryOf } from '../../shared/message.ts'

/** One way to configure a destination. */
export interface DestinationSample {
  /** What is special about it. */
  readonly name: string
  /** The destination's own fields, as a user writes them. */
  readonly own: Readonly<Record<string, unknown>>
  readonly secrets?: Readonly<Record<string, string>>
  /** Where the request goes, if not to `ORIGIN`. */
  readonly origin?: string
  /** True where the address itself is the credential. */
  readonly urlIsSecret?: boolean
  /** Unwraps a body whose events are encoded as wholes, such as in base64. */
  readonly decoded?: (body: string) => string
}

const ORIGIN = 'https://receiver.example.com'
const NOW = new Date('2026-05-01T10:15:42.479Z')
/** Within the age that every receiver takes. */
const LATER = new Date('2026-05-01T21:00:00.001Z')
const MUCH_LATER = new Date('2026-06-30T00:00:00Z')
const KINDS = ['delivered', 'retry', 'hold', 'refused', 'partial', 'accepted']

/** Integers above 2^53, digits that a double would lose, escapes, and white space: all as the vendor wrote them. */
const RAW = '{ "id": 9007199254740993,\r\n  "amount": 1.10, "text": "\\u00e9 é \\"\\\\ \u2028 \u{1F600}", "list": [ ] }'

/**
 * What every destination must do, in every way it can be configured. `same bytes signed and sent` follows from there being one
 * body only: a destination's own tests verify its signature with somebody else's code.
 */
export function destinationContract(
  name: string,
  destination: AnyDestination,
  samples: readonly DestinationSample[],
): void {
  describe.each(samples)(`${name}: $name`, (sample) => {
    const url = Object.hasOwn(destination.config.shape, 'url') ? { url: `${ORIGIN}/intake?tenant=7` } : {}
    const config = destination.config.parse({ ...url, ...sample.own })
    const secrets = ({ secret }: SecretRef) => {
      const value = sample.secrets?.[secret]
      if (value === undefined) throw new TypeError(`The secret ${secret} was not asked for`)
      return value
    }
    const most = destination.maxEventsPerRequest?.(config) ?? destination.batch.maxEvents
    const delivery = deliveryOfSome(Math.min(most, 3))
    const request = (now = NOW) => destination.request(delivery, config, secrets, now)
    const bodyOf = (now?: Date) => (sample.decoded ?? String)(textOf(request(now)))
    const outcome = (response: Partial<HttpResponse> & { status: number }) =>
      destination.outcome({ headers: {}, body: '', ...response }, delivery, config, NOW)

    const expectWhole = (now: Date) => {
      const text = onOneLine(bodyOf(now))
      const { headers } = request(now)
      for (const event of delivery.events) {
        const raw = onOneLine(event.raw)
        const written = [raw, JSON.stringify(event.raw).slice(1, -1), JSON.stringify(raw).slice(1, -1)]
        const isThere = written.some((form) => text.includes(form)) || text.includes(base64Of(event.raw))
        expect([isThere, event.raw]).toEqual([true, event.raw])
        expect(`${text} ${JSON.stringify(headers)}`).toContain(event.id)
      }
    }

    it('builds one final request: absolute URL on the configured origin, header names in lower case, a body', () => {
      const { url, method, headers, body } = request()
      expect(url.startsWith(`${sample.origin ?? ORIGIN}/`)).toBe(true)
      expect(['POST', 'PUT']).toContain(method)
      expect(Object.keys(headers)).toEqual(Object.keys(headers).map((header) => header.toLowerCase()))
      expect(Object.values(headers).filter((value) => !/^[\x20-\x7e]+$/.test(value))).toEqual([])
      expect(headers['content-type']).toMatch(/^[a-z]+\/[a-z0-9.+-]+(; [a-z]+=[\w-]+)?$/)
      expect(body?.length).toBeGreaterThan(0)
    })

    it("carries every event's id, and the vendor's record as it was written", () => {
      expectWhole(NOW)
    })

    it('carries an event of any age, whatever its receiver makes of old ones', () => {
      expectWhole(MUCH_LATER)
      const { maxAgeMs = 43_200_000, effect = 'x' } = destination.ageLimit?.(config) ?? {}
      expect(maxAgeMs).toBeGreaterThanOrEqual(43_200_000)
      expect(effect.length).toBeGreaterThan(0)
    })

    it('is the same body on every attempt, and builds the same request for the same instant', () => {
      expect(bodyOf(LATER)).toBe(bodyOf(NOW))
      expect(request()).toEqual(request())
    })

    it('shows no secret in URL, headers, body or reasons', () => {
      const { url, headers } = request()
      const reasons = statuses().map((status) => outcome({ status, body: Object.values(sample.secrets ?? {}).join() }))
      const hidden = sample.urlIsSecret === true ? '' : url
      const shown = [hidden, JSON.stringify(headers), bodyOf(), JSON.stringify(reasons)].join('\n')
      for (const secret of Object.values(sample.secrets ?? {})) {
        expect(shown).not.toContain(secret)
        expect(shown).not.toContain(secret.replace(/^wh\w+_/, ''))
      }
    })

    it('has an outcome for every status, and takes no failure for a delivery', () => {
      for (const status of statuses()) {
        const { kind } = outcome({ status })
        expect(KINDS).toContain(kind)
        if (status < 200 || status > 299) expect([status, kind]).not.toEqual([status, 'delivered'])
      }
    })

    it('has an outcome for whatever stands in the answer, and does not repeat it', () => {
      const odd = [
        '',
        'null',
        '[]',
        '{',
        '<html>',
        '\u0000',
        '{"errors":true}',
        '{"code":0}',
        'secret-looking-reply '.repeat(999),
        // A word that every object of JavaScript has as a key, where an error has its name.
        '{"__type":"constructor"}',
        '{"error":{"code":"constructor","type":"constructor","status":"constructor","details":[{"reason":"X"}]}}',
      ]
      for (const body of odd) {
        for (const status of [200, 202, 400, 429, 500]) {
          const found = outcome({ status, body })
          expect(KINDS).toContain(found.kind)
          expect(JSON.stringify(found)).not.toContain('secret-looking-reply')
        }
      }
    })

    const { confirmation } = destination
    if (confirmation !== undefined) {
      it('has an answer to a question for a receipt, whatever comes back', () => {
        for (const status of statuses()) {
          for (const body of ['', 'null', '{', '<html>']) {
            const { kind } = confirmation.outcome({ status, headers: {}, body }, 'receipt', config)
            expect(['refused', 'retry', 'hold']).toContain(kind)
          }
        }
      })
    }

    it('names every event of a batch at most once, by its index', () => {
      for (const status of statuses()) {
        const found = outcome({ status })
        if (found.kind !== 'partial') continue
        const indexes = [...found.retry, ...found.refused.map(({ index }) => index)]
        expect(new Set(indexes).size).toBe(indexes.length)
        for (const index of indexes) expect(delivery.events[index]).toBeDefined()
      }
    })

    if (destination.keepsOrder === true) {
      it('takes a request as a whole or not at all, where order matters', () => {
        for (const status of statuses()) {
          for (const body of ['', '{"errors":true}', '[]']) {
            expect(['partial', 'accepted']).not.toContain(outcome({ status, body }).kind)
          }
        }
      })
    }

    it('keeps within its own limits as long as it is given no more than it asked for', () => {
      const { maxEvents, maxBytes } = destination.batch
      const count = Math.min(most, maxEvents)
      const raw = `{"text":"${'x'.repeat(Math.max(0, Math.floor(maxBytes / count) - 11))}"}`
      const large = deliveryOfSome(count, raw)
      const size = Buffer.byteLength(textOf(destination.request(large, config, secrets, NOW)))
      // What stands around an event: its id, type, time and source, none of which is long.
      expect(size).toBeLessThanOrEqual(maxBytes + count * 1_024)
    })
  })
}

/** Files are compressed by the destination, requests by the core. */
function textOf({ headers, body = '' }: HttpRequest): string {
  const bytes = Buffer.from(body)
  return (headers['content-type'] === 'application/gzip' ? gunzipSync(bytes) : bytes).toString()
}

function onOneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ')
}

function base64Of(raw: string): string {
  return Buffer.from(raw).toString('base64').replace(/=+$/, '').slice(0, -2)
}

function deliveryOfSome(count: number, raw = RAW): Delivery {
  const events: OutgoingEvent[] = Array.from({ length: count }, (_, n) => ({
    id: `evt_${String(n).padStart(27, 'x')}`,
    type: 'tines.event',
    time: '2026-05-01T09:59:59.123456Z',
    raw,
  }))
  return deliveryOf({ v: 1, destination: 'soc', source: { id: 'prod-tines', type: 'tines' }, events })
}

function statuses(): number[] {
  return Array.from({ length: 500 }, (_, n) => n + 100)
}
