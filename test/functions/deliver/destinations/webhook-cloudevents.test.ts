import { CloudEvent, HTTP } from 'cloudevents'
// The schema of the specification, as the official SDK compiled it.
import isCloudEvent from 'cloudevents/dist/schema/v1.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { webhook } from '../../../../functions/deliver/destinations/webhook.ts'
import type { Delivery } from '../../../../shared/contracts/destination.ts'
import { configOf, delivery, EVENT, NOW, SECOND, secrets, send } from './webhook-sending.ts'

const fits = (event: unknown) => isCloudEvent(event, undefined)

/** What the official SDK reads; it throws where an event is none. */
function read(format: string, events = [EVENT]): CloudEvent<unknown>[] {
  const { headers, body } = send({ format }, events)
  const found = HTTP.toEvent<unknown>({ headers: { ...headers }, body })
  return [found].flat().map((event) => new CloudEvent<unknown>({ ...event }))
}

const ATTRIBUTES = {
  specversion: '1.0',
  source: 'prod-tines',
  type: 'tines.event',
  datacontenttype: 'application/json',
}
// What JavaScript makes of 9007199254740993.
const FIRST_READ = { ...ATTRIBUTES, id: EVENT.id, data: { id: 9007199254740992, name: 'sync' } }
const SECOND_READ = { ...ATTRIBUTES, id: SECOND.id, data: { a: 'b\nc' } }

describe('the official SDK', () => {
  it.each(['cloudevents', 'cloudevents-binary'])('reads an event that is sent as %s', (format) => {
    expect(read(format)).toMatchObject([FIRST_READ])
    expect(read(format, [SECOND])).toMatchObject([SECOND_READ])
  })

  it('reads a batch', () => {
    expect(read('cloudevents-batch', [EVENT, SECOND])).toMatchObject([FIRST_READ, SECOND_READ])
  })

  it.each(['cloudevents', 'cloudevents-binary', 'cloudevents-batch'])('reads the time of the event in %s', (format) => {
    const [event] = read(format)
    // The SDK keeps milliseconds.
    expect(new Date(event?.time ?? '').toISOString()).toBe('2026-11-01T10:15:42.479Z')
  })

  it.each(['cloudevents', 'cloudevents-binary', 'cloudevents-batch'])(
    'finds no attribute in %s but those meant',
    (format) => {
      const [event] = read(format)
      const written: object = JSON.parse(`${event}`)
      expect(Object.keys(written).sort()).toEqual([
        'data',
        'datacontenttype',
        'id',
        'source',
        'specversion',
        'time',
        'type',
      ])
    },
  )

  it.each(['standard', 'raw', 'array', 'ndjson'])('finds no event in %s', (format) => {
    const { headers, body } = send({ format })
    expect(HTTP.isEvent({ headers: { ...headers }, body })).toBe(false)
  })
})

describe('the schema of the specification', () => {
  it('takes a structured event, and each of a batch', () => {
    expect(fits(JSON.parse(send({ format: 'cloudevents' }).body))).toBe(true)
    const batch: unknown[] = JSON.parse(send({ format: 'cloudevents-batch' }, [EVENT, SECOND]).body)
    expect(batch.map(fits)).toEqual([true, true])
  })

  it('takes any id of a source as the source of an event', () => {
    const sourceId = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)
    fc.assert(
      fc.property(sourceId, (id) => {
        const from: Delivery = { ...delivery(), source: { id, type: 'tines' } }
        const request = webhook.request(from, configOf({ format: 'cloudevents' }) as never, secrets, NOW)
        const event: unknown = JSON.parse(String(request.body))
        expect([id, fits(event)]).toEqual([id, true])
        expect(event).toMatchObject({ source: id })
      }),
    )
  })

  it('would not take an empty source, one with a space, or a time in words', () => {
    const event: Record<string, unknown> = JSON.parse(send({ format: 'cloudevents' }).body)
    expect([{ source: '' }, { source: 'a b' }, { time: 'today' }].map((wrong) => fits({ ...event, ...wrong }))).toEqual(
      [false, false, false],
    )
  })
})

describe('a header of a binary event', () => {
  /** A source would never make such a type, but a header must survive it. */
  const headerOf = (type: string) => send({ format: 'cloudevents-binary' }, [{ ...EVENT, type }]).headers['ce-type']

  it.each([
    // The example of the binding, section 3.1.3.2.
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['100%', '100%25'],
    ['"quoted"', '%22quoted%22'],
    ['line\r\nbreak\tand\u0000\u007f\u0085', 'line%0D%0Abreak%09and%00%7F%C2%85'],
    ['half \ud83d of a pair', 'half%20%EF%BF%BD%20of%20a%20pair'],
    ["!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~", "!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~"],
  ])('encodes %j as %s', (value, encoded) => {
    expect(headerOf(value)).toBe(encoded)
  })

  it('is visible ASCII whatever the value, and decodes to it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
        const encoded = `${headerOf(value)}`
        expect(encoded).toMatch(/^[\x21-\x7e]+$/)
        expect(decodeURIComponent(encoded)).toBe(value)
      }),
    )
  })

  it('is not one for the content type, which has its own', () => {
    const { headers } = send({ format: 'cloudevents-binary' })
    expect(headers['content-type']).toBe('application/json')
    expect(headers['ce-datacontenttype']).toBeUndefined()
  })

  it('is not signed: the id is the only attribute that a signature covers, by webhook-id', () => {
    const signing = { scheme: 'standard-webhooks', keys: [{ secret: 'hook/new' }] }
    const binary = send({ format: 'cloudevents-binary', signing }, [{ ...EVENT, type: 'tines.other' }]).headers
    const raw = send({ format: 'raw', signing }).headers
    expect(binary['webhook-signature']).toBe(raw['webhook-signature'])
    expect(binary['ce-id']).toBe(binary['webhook-id'])
  })
})
