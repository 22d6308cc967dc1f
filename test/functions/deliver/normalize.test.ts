import { describe, expect, it } from 'vitest'
import { decode, encode } from '../../../shared/message.ts'
import { event, message, World } from './world.ts'

const RECORD = (n: number) => `{"id": ${n}, "name": "event${n}", "amount": 1.10, "big": 9007199254740993}`
const EVENTS = Array.from({ length: 8 }, (_, n) => event(`event${n}`, RECORD(n)))

function worldWith(fields: Readonly<Record<string, unknown>>, events = EVENTS): World {
  const world = new World()
  world.configure('soc', { format: 'ndjson', batch: { maxEvents: 100 }, ...fields })
  world.queue.put(encode(message(events)))
  return world
}

/** The documents of each request so far. */
const documents = (world: World) =>
  world.receiver.requests.map(({ body }) =>
    String(body)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )

describe('a destination that wants a normal form', () => {
  it.each([
    ['ocsf', ({ data }: { data: { metadata: object } }) => data.metadata, { version: '1.8.0' }],
    ['ecs', ({ data }: { data: object }) => data, { '@timestamp': '2026-05-01T09:59:00.000Z' }],
  ] as const)('gets each event in it, with the same id, type and time: %s', async (normalize, pick, wanted) => {
    const world = worldWith({ normalize })
    await world.invoke()
    const [sent = []] = documents(world)
    expect(sent.map(({ id, type, timestamp }) => [id, type, timestamp])).toEqual(
      EVENTS.map(({ id, type, time }) => [id, type, time]),
    )
    for (const document of sent) expect(pick(document)).toMatchObject(wanted)
    expect(String(world.receiver.requests[0]?.body)).toContain('9007199254740993')
    expect(world.queue.size).toBe(0)
  })

  it('gets the same bytes on every attempt, and in every part', async () => {
    const world = worldWith({ normalize: 'ocsf' })
    const line = (n: number) => (body: unknown) =>
      String(body)
        .split('\n')
        .find((text) => text.includes(`"event${n}"`))
    world.receiver.answer = (_, index) => [503, 400, 503][index] ?? 200
    await world.run()
    const bodies = world.receiver.requests.map(({ body }) => body)
    expect(bodies.length).toBeGreaterThan(4)
    expect(bodies[1]).toBe(bodies[0])
    for (const n of [0, 7]) expect(new Set(bodies.map(line(n)).filter((text) => text !== undefined)).size).toBe(1)
  })

  it('gets as many bytes of it in a request as of records, though a document is larger than its record', async () => {
    const events = Array.from({ length: 40 }, (_, n) => event(`event${n}`, RECORD(n)))
    const world = worldWith({ normalize: 'ocsf', batch: { maxEvents: 100, maxBytes: 8_192 } }, events)
    await world.invoke()
    const sizes = documents(world).map((sent) =>
      sent.map(({ data }) => Buffer.byteLength(JSON.stringify(data))).reduce((sum, bytes) => sum + bytes, 0),
    )
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8_192)
    expect(documents(world).flat()).toHaveLength(40)
    expect(world.queue.size).toBe(0)
  })

  it('leaves the vendor’s record in a dead letter, so that a replay is free to be in another form', async () => {
    const world = worldWith({ normalize: 'ecs' })
    world.receiver.answer = ({ body }) => (String(body).includes('"event3"') ? 400 : 200)
    await world.invoke()
    const letters = world.letters.map((letter) => decode(letter.body))
    expect(letters).toEqual([{ ...message([event('event3', RECORD(3))]) }])
  })
})

describe('a destination that wants none', () => {
  it('gets a request of as many bytes as were put into the message', async () => {
    const world = worldWith({ batch: { maxEvents: 100, maxBytes: 1_024 } })
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(1)
  })
})
