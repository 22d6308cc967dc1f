import { describe, expect, it } from 'vitest'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { webhook } from '../../../functions/deliver/destinations/webhook.ts'
import type { AnyDestination, Outcome } from '../../../shared/contracts/destination.ts'
import { deliveryOf, encode } from '../../../shared/message.ts'
import { body, event, message, SECOND, World } from './world.ts'

const NAMES = Array.from({ length: 16 }, (_, n) => `event${String(n).padStart(2, '0')}`)

/** The names of the events in each request so far. */
const requested = (world: World) =>
  world.receiver.requests.map((request) =>
    [...String(request.body).matchAll(/"name": "(\w+)"/g)].map(([, name]) => name),
  )

/** A world with one message of events for a receiver that takes arrays. */
function worldWith(names: readonly string[], options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(options)
  world.configure('soc', { format: 'array', batch: { maxEvents: 100 } })
  world.queue.put(body(names))
  return world
}

/** Refuses every request that has one of these events in it. */
function refusing(world: World, bad: readonly string[], status = 400): void {
  world.receiver.answer = ({ body: text }) => (bad.some((name) => String(text).includes(`"${name}"`)) ? status : 200)
}

const lettersOf = (world: World) => world.letters.map((letter) => letter.body).toSorted()

describe('a batch that the receiver refuses', () => {
  it.each([400, 413, 415, 422])('is halved until the bad event stands alone: status %i', async (status) => {
    const world = worldWith(NAMES)
    refusing(world, ['event05'], status)
    await world.invoke()
    expect(requested(world).map((names) => names.length)).toEqual([16, 8, 4, 4, 2, 1, 1, 2, 8])
    expect(world.letters).toMatchObject([{ deadLetter: { kind: 'refused', status }, body: body(['event05']) }])
    expect(world.queue.size).toBe(0)
    expect(world.metrics).toEqual([{ EventsDelivered: 15, DeliveryLagSeconds: 60, DeliveriesRefused: 1 }])
  })

  it('finds every bad event, and delivers each other one once', async () => {
    const bad = ['event00', 'event07', 'event08', 'event15']
    const world = worldWith(NAMES)
    refusing(world, bad)
    await world.invoke()
    expect(lettersOf(world)).toEqual(bad.map((name) => body([name])))
    const taken = requested(world).filter((names) => !names.some((name) => bad.includes(name ?? '')))
    expect(taken.flat().toSorted()).toEqual(NAMES.filter((name) => !bad.includes(name)))
  })

  it('is delivered in halves when it is only too large', async () => {
    const world = worldWith(NAMES)
    world.receiver.answer = ({ body: text }) => (String(text).length > 700 ? 413 : 200)
    await world.invoke()
    expect(world.letters).toEqual([])
    expect(world.queue.size).toBe(0)
    expect(requested(world).map((names) => names.length)).toEqual([16, 8, 4, 4, 8, 4, 4])
  })

  it('gives each part an id of its own events, the same on every attempt', async () => {
    const world = worldWith(NAMES.slice(0, 3))
    world.receiver.answer = (_, index) => (index % 2 === 0 ? 503 : 400)
    await world.run()
    const ids = world.receiver.requests.map(({ headers }) => headers['webhook-id'])
    const idOf = (names: readonly string[]) => deliveryOf(message(names.map((name) => event(name)))).id
    const whole = idOf(NAMES.slice(0, 3))
    const half = idOf(NAMES.slice(0, 2))
    expect(whole).toMatch(/^msg_[A-Za-z0-9_-]{27}$/)
    expect(ids.slice(0, 4)).toEqual([whole, whole, half, half])
    expect(idOf(NAMES.slice(0, 1))).toBe(event(NAMES[0] ?? '').id)
  })

  it('goes on where the time had run out, and delivers nothing twice', async () => {
    const world = worldWith(NAMES)
    world.configure('soc', { format: 'array', batch: { maxEvents: 100 }, timeout: '10s' })
    world.requestMs = 10 * SECOND
    refusing(world, ['event05', 'event12'])
    let invocations = 0
    while ((await world.invoke()) > 0) {
      invocations++
      world.nowMs = world.queue.nextVisibleAtMs() ?? world.nowMs
    }
    expect(invocations).toBeGreaterThan(2)
    expect(lettersOf(world)).toEqual([body(['event05']), body(['event12'])])
    const taken = requested(world).filter((names) => !names.includes('event05') && !names.includes('event12'))
    expect(taken.flat().toSorted()).toEqual(NAMES.filter((name) => name !== 'event05' && name !== 'event12'))
    expect(world.queue.size).toBe(0)
  })

  it('gets to its bad event also when the time is never enough to halve it down to one', async () => {
    const names = Array.from({ length: 64 }, (_, n) => `event${String(n).padStart(2, '0')}`)
    const world = worldWith(names)
    world.configure('soc', { format: 'array', batch: { maxEvents: 100 }, timeout: '30s' })
    world.requestMs = 20 * SECOND
    refusing(world, ['event00'])
    await world.run()
    expect(lettersOf(world)).toEqual([body(['event00'])])
    const taken = requested(world).filter((part) => !part.includes('event00'))
    expect(taken.flat().toSorted()).toEqual(names.slice(1))
  })

  it('keeps what is done when the receiver goes down in the middle', async () => {
    const world = worldWith(NAMES)
    world.receiver.answer = ({ body: text }, index) =>
      index > 5 && index < 9 ? 503 : String(text).includes('event05') ? 400 : 200
    await world.run()
    const answers = world.told('delivery.attempted').map(({ outcome }) => outcome)
    const taken = requested(world).filter((_, index) => answers[index] === 'delivered')
    expect(taken.flat().toSorted()).toEqual(NAMES.filter((name) => name !== 'event05'))
    expect(lettersOf(world)).toEqual([body(['event05'])])
  })

  it('keeps what is done when the receiver turns out to be wrong in the middle', async () => {
    const world = worldWith(NAMES.slice(0, 4))
    world.receiver.answer = (_, index) => [400, 200, 403][index] ?? 200
    await world.run()
    expect(requested(world).map((names) => names.length)).toEqual([4, 2, 2, 2])
    expect(world.told('destination.held')).toHaveLength(1)
    expect(world.queue.size).toBe(0)
  })

  it('writes its progress only when it is split, and not when nothing is left', async () => {
    const world = worldWith(NAMES)
    await world.invoke()
    expect([world.progress.loads, world.progress.saves]).toEqual([0, 0])
    world.queue.put(body(NAMES.slice(0, 2)))
    refusing(world, ['event01'])
    await world.invoke()
    expect([world.progress.loads, world.progress.saves]).toEqual([0, 1])
  })

  it('is replayed as a whole from the dead-letter queue: progress belongs to one message of the queue', async () => {
    const world = worldWith(NAMES.slice(0, 2))
    refusing(world, ['event00', 'event01'])
    await world.invoke()
    expect(world.letters).toHaveLength(2)
    world.receiver.answer = () => 200
    for (const letter of world.letters) world.queue.put(letter.body)
    await world.invoke()
    expect(requested(world).slice(-2)).toEqual([['event00'], ['event01']])
  })
})

describe('a batch that was cut for another configuration', () => {
  it('is sent one by one when the format takes one event', async () => {
    const world = worldWith(NAMES.slice(0, 3))
    world.configure('soc', { format: 'standard' })
    world.receiver.answer = (_, index) => (index === 1 ? 503 : 200)
    await world.run()
    expect(requested(world)).toEqual([['event00'], ['event01'], ['event01'], ['event02']])
    expect(world.receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(
      ['event00', 'event01', 'event01', 'event02'].map((name) => event(name).id),
    )
  })
})

describe('a batch of which the receiver takes a part', () => {
  /** A receiver whose answer tells each event's fate. */
  function worldOf(outcomes: readonly Outcome[]): World {
    let answers = 0
    const partial: AnyDestination = {
      ...webhook,
      type: 'partial',
      outcome: () => outcomes[answers++] ?? { kind: 'delivered' },
    }
    const world = new World({ registry: { ...DESTINATIONS, partial } })
    world.configure('soc', { type: 'partial', format: 'array', batch: { maxEvents: 100 } })
    world.queue.put(body(NAMES.slice(0, 4)))
    return world
  }

  it('sends only what is to be sent again, and puts what is refused into the dead-letter queue', async () => {
    const world = worldOf([{ kind: 'partial', retry: [1, 3], refused: [{ index: 2, reason: 'mapping failed' }] }])
    world.receiver.answer = () => ({ status: 200, body: '{"errors": true}' })
    await world.run()
    expect(requested(world)).toEqual([NAMES.slice(0, 4), ['event01', 'event03']])
    expect(world.letters).toMatchObject([
      { deadLetter: { reason: 'mapping failed', status: 200, reply: '{"errors": true}' }, body: body(['event02']) },
    ])
    expect(world.metrics).toEqual([
      { EventsDelivered: 1, DeliveryLagSeconds: 60, DeliveryRetries: 1, DeliveriesRefused: 1 },
      { EventsDelivered: 2, DeliveryLagSeconds: 65 },
    ])
  })

  it('sends at once what the receiver did not get as far as', async () => {
    const cutOff = (index: number, retry: number[]): Outcome => {
      return { kind: 'partial', retry, refused: [{ index, reason: 'blank' }], unread: true }
    }
    const world = worldOf([cutOff(0, [1, 2, 3]), cutOff(1, [2])])
    await world.invoke()
    expect(requested(world)).toEqual([NAMES.slice(0, 4), ['event01', 'event02', 'event03'], ['event03']])
    expect(lettersOf(world)).toEqual([body(['event00']), body(['event02'])])
    expect(world.queue.size).toBe(0)
  })

  it.each([
    ['refused nothing', { refused: [] }],
    ['says when to come back', { notBefore: new Date('2026-05-01T10:07:00Z') }],
  ])('waits with it all the same when the receiver %s', async (_, more) => {
    const refused = [{ index: 0, reason: 'blank' }]
    const world = worldOf([{ kind: 'partial', retry: [1], refused, unread: true, ...more }])
    await world.invoke()
    expect(requested(world)).toEqual([NAMES.slice(0, 4)])
    expect(world.queue.size).toBe(1)
  })

  it('is done when nothing is to be sent again', async () => {
    const world = worldOf([{ kind: 'partial', retry: [], refused: [{ index: 0, reason: 'too old' }] }])
    await world.invoke()
    expect(world.queue.size).toBe(0)
    expect(lettersOf(world)).toEqual([body(['event00'])])
  })

  it('comes back when the receiver says', async () => {
    const world = worldOf([{ kind: 'partial', retry: [1], refused: [], notBefore: new Date('2026-05-01T10:07:00Z') }])
    await world.invoke()
    expect(world.queue.nextVisibleAtMs()).toBe(Date.parse('2026-05-01T10:07:00Z'))
  })

  it('obeys Retry-After where the destination itself does not read it', async () => {
    const world = worldOf([{ kind: 'partial', retry: [1], refused: [] }])
    world.receiver.answer = () => ({ status: 200, headers: { 'retry-after': '420' } })
    await world.invoke()
    expect(world.queue.nextVisibleAtMs()).toBe(Date.parse('2026-05-01T10:07:00Z'))
  })

  it('refuses an event that is named twice', async () => {
    const world = worldOf([{ kind: 'partial', retry: [0], refused: [{ index: 0, reason: 'both' }] }])
    await world.invoke()
    expect(world.queue.size).toBe(0)
    expect(lettersOf(world)).toEqual([body(['event00'])])
  })
})

it('a claimed batch is split like any other', async () => {
  const world = new World()
  world.configure('soc', { format: 'array', batch: { maxEvents: 100 } })
  await world.claims.put('claims/soc/x.json', body(NAMES.slice(0, 2)))
  world.queue.put(encode({ v: 1, destination: 'soc', claim: 'claims/soc/x.json' }))
  refusing(world, ['event01'])
  await world.invoke()
  expect(lettersOf(world)).toEqual([body(['event01'])])
})

describe('events of different groups', () => {
  const grouped: AnyDestination = {
    ...webhook,
    type: 'grouped',
    group: ({ raw }) => (raw.includes('event01') || raw.includes('event03') ? 'odd' : 'even'),
  }

  function groupedWorld(): World {
    const world = new World({ registry: { ...DESTINATIONS, grouped } })
    world.configure('soc', { type: 'grouped', format: 'array', batch: { maxEvents: 100 } })
    world.queue.put(body(NAMES.slice(0, 5)))
    return world
  }

  it('share no request, and each group keeps its order', async () => {
    const world = groupedWorld()
    await world.invoke()
    expect(requested(world)).toEqual([
      ['event00', 'event02', 'event04'],
      ['event01', 'event03'],
    ])
    expect(world.queue.size).toBe(0)
  })

  it('are sent again as they were when the receiver failed in between', async () => {
    const world = groupedWorld()
    world.receiver.answer = (_, index) => (index === 1 ? 503 : 200)
    await world.run()
    const ids = world.receiver.requests.map(({ headers }) => headers['webhook-id'])
    expect(requested(world).map((names) => names.length)).toEqual([3, 2, 2])
    expect(ids[2]).toBe(ids[1])
  })
})
