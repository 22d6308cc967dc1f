import { describe, expect, it } from 'vitest'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { webhook } from '../../../functions/deliver/destinations/webhook.ts'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { encode } from '../../../shared/message.ts'
import { body, event, HOUR, message, SECOND, START, World } from './world.ts'

/** Takes events of the last 18 hours as they are. */
const recent: AnyDestination = {
  ...webhook,
  type: 'recent',
  ageLimit: () => ({ maxAgeMs: 18 * HOUR, effect: 'they are shown at the time of their arrival' }),
}

function recentWorld(): World {
  const world = new World({ registry: { ...DESTINATIONS, recent } })
  world.configure('soc', { type: 'recent', format: 'array', batch: { maxEvents: 100 } })
  return world
}

const at = (name: string, time: string) => ({ ...event(name), time })

describe('events older than their destination takes as they are', () => {
  it('are told in one line for an invocation and a destination: how many, the oldest, what becomes of them', async () => {
    const world = recentWorld()
    const old = [at('a', '2026-04-30T15:59:59.999Z'), at('b', '2026-04-29T10:00:00.123456Z')]
    world.queue.put(encode(message([...old, at('c', '2026-05-01T09:00:00Z')])))
    world.queue.put(encode(message([at('d', '2026-04-30T10:00:00Z')])))
    await world.invoke()
    expect(world.told('delivery.old-events')).toEqual([
      {
        level: 'warn',
        event: 'delivery.old-events',
        destination: 'soc',
        events: 3,
        oldest: '2026-04-29T10:00:00.123456Z',
        effect: 'they are shown at the time of their arrival',
      },
    ])
    expect(world.queue.size).toBe(0)
  })

  it('are each counted once, however often they are sent', async () => {
    const world = recentWorld()
    world.queue.put(encode(message(['a', 'b', 'c', 'd'].map((name) => at(name, '2026-04-29T10:00:00Z')))))
    world.receiver.answer = (request, index) => {
      if (index === 0) return 503
      return String(request.body).includes('"c"') ? 400 : 200
    }
    await world.run()
    expect(world.told('delivery.old-events').map(({ events }) => events)).toEqual([4])
  })

  it('are those that are too old when they are sent, not when they were queued', async () => {
    const world = recentWorld()
    world.queue.put(body(['a']))
    world.receiver.answer = () => (world.nowMs < START + 18 * HOUR ? 503 : 200)
    await world.run()
    expect(world.told('delivery.old-events')).toHaveLength(1)
  })

  it('are not told where there are none, or where they are taken as they are', async () => {
    const world = recentWorld()
    world.queue.put(body(['a']))
    await world.invoke()
    world.configure('hook', {})
    world.queue.put(encode(message([at('b', '2020-01-01T00:00:00Z')], 'hook')))
    world.nowMs += SECOND
    await world.invoke()
    expect(world.queue.size).toBe(0)
    expect(world.told('delivery.old-events')).toEqual([])
  })
})
