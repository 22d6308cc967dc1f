import { describe, expect, it } from 'vitest'
import { unreachable } from '../../../shared/http/unreachable.ts'
import { body, DAY, event, HOUR, MINUTE, SECOND, START, spread, World } from './world.ts'

function worldWith(...names: string[]): World {
  const world = new World()
  for (const name of names) world.queue.put(body([name]))
  return world
}

const circuitOf = async (world: World) => (await world.circuits.read('soc')).circuit

describe('an endpoint that is wrong', () => {
  it.each([301, 401, 403, 404, 405, 407, 410])('puts its destination on hold: status %i', async (status) => {
    const world = worldWith('a')
    world.receiver.answer = () => status
    await world.invoke()
    expect((await circuitOf(world)).open).toMatchObject({ reason: `the receiver answered ${status}`, probes: 0 })
    expect(world.told('destination.held')).toEqual([
      { level: 'warn', event: 'destination.held', destination: 'soc', reason: `the receiver answered ${status}` },
    ])
    expect(world.metrics).toEqual([{}])
  })

  it('gets no request while it is on hold, except one probe at 2, 6, 14 and then every 15 minutes', async () => {
    const world = worldWith(...Array.from({ length: 200 }, (_, n) => `${n}`))
    world.random = spread()
    const at: number[] = []
    world.receiver.answer = () => {
      at.push((world.nowMs - START) / MINUTE)
      return 404
    }
    await world.invoke()
    expect(at).toEqual(Array(10).fill(0))
    await world.run(START + 2 * HOUR)
    const probes = at.slice(10)
    expect(probes.slice(0, 3).map(Math.round)).toEqual([2, 6, 14])
    const gaps = probes.slice(3).map((minute, n) => minute - (probes[n + 2] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15)
    expect(Math.max(...gaps)).toBeLessThan(17)
    expect(world.letters).toEqual([])
    expect(world.queue.size).toBe(200)
  })

  it('has one probe among all functions', async () => {
    const world = worldWith(...Array.from({ length: 100 }, (_, n) => `${n}`))
    world.receiver.answer = () => 404
    const functions = Array.from({ length: 10 }, () => world.environment())
    for (const deliver of functions) await world.invoke(deliver)
    const before = world.receiver.requests.length
    world.nowMs += HOUR
    await Promise.all(functions.map((deliver) => world.invoke(deliver)))
    expect(world.receiver.requests.length - before).toBe(1)
  })

  it('is sent everything once a probe gets through', async () => {
    const world = worldWith('a', 'b', 'c')
    world.receiver.answer = () => (world.nowMs < START + HOUR ? 401 : 200)
    await world.run()
    const delivered = world.told('delivery.attempted').filter(({ outcome }) => outcome === 'delivered')
    expect(delivered.map(({ messageId }) => messageId).toSorted()).toEqual(
      ['a', 'b', 'c'].map((name) => event(name).id),
    )
    expect((await circuitOf(world)).open).toBeUndefined()
    expect(world.told('destination.resumed')).toEqual([
      {
        level: 'info',
        event: 'destination.resumed',
        destination: 'soc',
        heldMs: expect.any(Number),
        probes: expect.any(Number),
      },
    ])
  })

  it('is back also when the probe is refused for its own sake', async () => {
    const world = worldWith('a', 'b')
    world.receiver.answer = (_, index) => (index < 2 ? 404 : 422)
    await world.invoke()
    await world.run(START + 2 * MINUTE + SECOND)
    expect((await circuitOf(world)).open).toBeUndefined()
    expect(world.letters).toHaveLength(1)
  })

  it.each([
    ['answers 503', 503],
    ['does not answer', 'none'],
  ])('stays on hold when the probe finds a receiver that %s', async (_, answer) => {
    const world = worldWith('a')
    world.receiver.answer = (_request, index) => {
      if (index === 0) return 404
      if (answer === 'none') throw unreachable('hooks.example.com', 'ECONNREFUSED')
      return 503
    }
    await world.invoke()
    await world.run(START + HOUR)
    expect((await circuitOf(world)).open).toMatchObject({ reason: 'the receiver answered 404' })
    expect(world.queue.size).toBe(1)
  })

  it('shows the newest reason', async () => {
    const world = worldWith('a')
    world.receiver.answer = (_, index) => (index === 0 ? 404 : 403)
    await world.run(START + 5 * MINUTE)
    expect((await circuitOf(world)).open).toMatchObject({ reason: 'the receiver answered 403' })
    expect(world.told('destination.held')).toHaveLength(1)
  })
})

describe('an open circuit', () => {
  it('uses up fewer than 450 of the 500 receives of a message in 13.5 days, and then it is a dead letter', async () => {
    const world = worldWith('a')
    world.random = () => 0
    world.receiver.answer = () => 404
    let receives = 0
    const receive = world.queue.receive.bind(world.queue)
    world.queue.receive = (most) => {
      receives++
      return receive(most)
    }
    await world.run()
    expect(receives).toBeLessThan(450)
    expect([world.queue.moved, world.queue.expired]).toEqual([[], []])
    expect(world.letters.map(({ deadLetter: { kind, reason } }) => [kind, reason])).toEqual([
      [
        'given-up',
        'given up because the queue keeps a message for 14 days only: on hold since 2026-05-01T10:00:00.000Z: the receiver answered 404',
      ],
    ])
    expect(world.nowMs - START).toBeGreaterThanOrEqual(13.5 * DAY)
    expect(world.nowMs - START).toBeLessThan(13.5 * DAY + 2 * HOUR)
  })

  it('stops the give-up clock: after a hold of five days a message is tried for its three days', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => (world.nowMs < START + 5 * DAY ? 404 : 503)
    await world.run(START + 5 * DAY + 2 * HOUR)
    // The probe found a 503: only an answer that is about the message ends the hold.
    expect(world.letters).toEqual([])
    world.receiver.answer = (_, index) => (index > 0 && world.queue.size > 1 ? 200 : 503)
    world.queue.put(body(['b']))
    await world.run(START + 5 * DAY + 6 * HOUR)
    const { open, holds } = await circuitOf(world)
    expect(open).toBeUndefined()
    expect(holds).toHaveLength(1)
    world.receiver.answer = () => 503
    const heldMs = Date.parse(holds[0]?.to ?? '') - Date.parse(holds[0]?.from ?? '')
    await world.run()
    expect(world.letters).toHaveLength(1)
    const { lastAttemptAt } = world.letters[0]?.deadLetter ?? {}
    expect(Date.parse(lastAttemptAt ?? '') - START - heldMs).toBeGreaterThanOrEqual(3 * DAY)
    expect(Date.parse(lastAttemptAt ?? '') - START - heldMs).toBeLessThan(3 * DAY + 5 * SECOND)
  })
})

describe('a message that is held up for itself, as by a firewall that takes it for an attack', () => {
  it('does not hold up the others for more than one probe', async () => {
    const world = worldWith('bad')
    const isBad = (request: { body?: unknown }) => String(request.body).includes('"bad"')
    world.receiver.answer = (request) => (isBad(request) ? 403 : 200)
    await world.invoke()
    for (let n = 0; n < 20; n++) world.queue.put(body([`good-${n}`]))
    await world.run(START + 10 * MINUTE)
    expect(world.queue.size).toBe(1)
    for (let n = 20; n < 40; n++) world.queue.put(body([`good-${n}`]))
    await world.run()
    expect(world.told('destination.held')).toHaveLength(1)
    expect(world.letters).toMatchObject([{ deadLetter: { kind: 'given-up', status: 403 }, body: body(['bad']) }])
    expect(world.receiver.requests.filter((request) => !isBad(request))).toHaveLength(40)
  })
})

describe('names and certificates that fail', () => {
  const fails = (world: World, code: string) => {
    world.receiver.answer = () => {
      throw unreachable('hooks.example.com', code)
    }
  }

  it.each(['ENOTFOUND', 'CERT_HAS_EXPIRED'])('are retried first, and put on hold when it lasts: %s', async (code) => {
    const world = worldWith('a')
    fails(world, code)
    await world.run(START + 4 * MINUTE)
    expect(world.receiver.requests).toHaveLength(2)
    expect((await circuitOf(world)).open).toBeUndefined()
    await world.run(START + 6 * MINUTE)
    expect((await circuitOf(world)).open).toMatchObject({
      reason: `Cannot reach hooks.example.com: found no complete answer (${code}), wanted one`,
    })
    expect(world.told('destination.held')).toHaveLength(1)
  })

  it('are never a hold when the receiver answers in between', async () => {
    const world = worldWith('a')
    world.receiver.answer = (_, index) => {
      if (index % 2 === 1) return 503
      throw unreachable('hooks.example.com', 'ENOTFOUND')
    }
    await world.run(START + DAY)
    expect(world.told('destination.held')).toEqual([])
  })

  it('are forgotten with the first delivery', async () => {
    const world = worldWith('a')
    fails(world, 'ENOTFOUND')
    await world.run(START + SECOND)
    expect((await circuitOf(world)).failingSince).toBe('2026-05-01T10:00:00.000Z')
    world.receiver.answer = () => 200
    await world.run()
    expect((await circuitOf(world)).failingSince).toBeUndefined()
  })

  it('are never a hold when it is only the connection that fails: the message is given up in the end', async () => {
    const world = worldWith('a')
    fails(world, 'ECONNREFUSED')
    await world.run()
    expect(world.told('destination.held')).toEqual([])
    expect(world.letters).toMatchObject([{ deadLetter: { kind: 'given-up' } }])
  })
})

describe('a configuration that is missing or wrong', () => {
  it.each([
    ['missing', undefined, /found no parameter \/pollhook\/destinations\/soc/],
    ['wrong', '{"type": "webhook", "url": "http://example.com"}', /url must be an https URL/],
    ['no JSON', '{"type": ', /it is not JSON/],
  ])('is a hold, and loses nothing: %s', async (_, text, reason) => {
    const world = worldWith('a', 'b', 'c')
    world.setParameter('soc', text)
    await world.run(START + DAY)
    expect(world.told('destination.held')).toHaveLength(1)
    expect(world.told('destination.held')[0]?.reason).toMatch(reason)
    expect(world.receiver.requests).toEqual([])
    expect(world.letters).toEqual([])
    world.configure('soc', {})
    await world.run()
    expect(world.receiver.requests).toHaveLength(3)
    expect(world.letters).toEqual([])
  })

  it('is not read over and over while it is wrong', async () => {
    const world = worldWith(...Array.from({ length: 100 }, (_, n) => `${n}`))
    world.setParameter('soc', undefined)
    await world.invoke()
    const before = world.configurationReads
    await world.run(START + DAY)
    // One for each probe: at 2, 6 and 14 minutes, and every 15 minutes from then on.
    expect(world.configurationReads - before).toBeLessThanOrEqual(3 + 95)
  })

  it('is used in the new form by every function as soon as the hold is over', async () => {
    const world = worldWith('a', 'b', 'c')
    world.receiver.answer = ({ url }) => (url.includes('moved') ? 200 : 404)
    const [first, second] = [world.environment(), world.environment()]
    await world.invoke(first, 1)
    await world.invoke(second, 1)
    world.configure('soc', { url: 'https://hooks.example.com/moved' })
    world.nowMs += 30 * SECOND
    await world.invoke(second, 1)
    world.nowMs += 150 * SECOND
    await world.invoke(first, 1)
    expect((await circuitOf(world)).open).toBeUndefined()
    world.nowMs += 15 * SECOND
    while ((await world.invoke(second, 1)) > 0);
    expect(world.told('destination.held')).toHaveLength(1)
    expect(world.queue.size).toBe(0)
  })
})

describe('a receiver that asks everybody to wait', () => {
  it.each([429, 503])('gets no request before the time, whoever asks: status %i', async (status) => {
    const world = worldWith(...Array.from({ length: 30 }, (_, n) => `${n}`))
    const at: number[] = []
    world.receiver.answer = () => {
      at.push((world.nowMs - START) / SECOND)
      return world.nowMs < START + MINUTE ? { status, headers: { 'retry-after': '60' } } : 200
    }
    await world.invoke()
    await world.invoke()
    await world.run()
    expect(at.slice(0, 10)).toEqual(Array(10).fill(0))
    expect(Math.min(...at.slice(10))).toBeGreaterThanOrEqual(60)
    expect(at).toHaveLength(40)
  })

  it('understands a date', async () => {
    const world = worldWith('a', 'b')
    world.receiver.answer = (_, index) =>
      index > 0 ? 200 : { status: 503, headers: { 'retry-after': 'Fri, 01 May 2026 10:30:00 GMT' } }
    await world.invoke(undefined, 1)
    await world.invoke(undefined, 1)
    expect(world.receiver.requests).toHaveLength(1)
    expect((await circuitOf(world)).throttledUntil).toBe('2026-05-01T10:30:00.000Z')
  })

  it('is believed for no longer than SQS can hide a message', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => ({ status: 429, headers: { 'retry-after': '86400' } })
    await world.invoke()
    expect((await circuitOf(world)).throttledUntil).toBe('2026-05-01T21:54:00.000Z')
  })

  it('without a time is a matter of the one message', async () => {
    const world = worldWith('a', 'b')
    world.receiver.answer = (_, index) => (index === 0 ? 429 : 200)
    await world.invoke(undefined, 1)
    await world.invoke(undefined, 1)
    expect(world.receiver.requests).toHaveLength(2)
  })

  it('for ever gets no message for longer than it is to be tried', async () => {
    const world = new World()
    world.configure('soc', { giveUpAfter: '1h' })
    for (let n = 0; n < 20; n++) world.queue.put(body([`${n}`]))
    world.receiver.answer = () => ({ status: 429, headers: { 'retry-after': '20' } })
    await world.run()
    expect(world.letters).toHaveLength(20)
    expect(new Set(world.letters.map(({ deadLetter }) => deadLetter.kind))).toEqual(new Set(['given-up']))
    expect(world.nowMs - START).toBeGreaterThanOrEqual(HOUR)
    expect(world.nowMs - START).toBeLessThan(HOUR + MINUTE)
    expect(world.queue.moved).toEqual([])
  })
})
