import { expect, it } from 'vitest'
import { Tally } from '../../../functions/deliver/tally.ts'
import { event } from './world.ts'

const at = (time: string) => ({ ...event('a'), time })

it('a tally has no metric for what did not happen', () => {
  expect(new Tally().metrics()).toEqual({})
})

it('a tally has the longest lag of all events, in whatever order they were delivered', () => {
  const tally = new Tally()
  tally.countDelivered([at('2026-05-01T09:58:20.500Z'), at('2026-05-01T09:59:00Z')], new Date('2026-05-01T10:00:00Z'))
  tally.countDelivered([at('2026-05-01T09:59:59Z')], new Date('2026-05-01T10:00:01Z'))
  expect(tally.metrics()).toEqual({ EventsDelivered: 3, DeliveryLagSeconds: 99.5 })
})

it('a tally has no lag below zero when the clock of the vendor is ahead', () => {
  const tally = new Tally()
  tally.countDelivered([at('2026-05-01T10:00:05Z')], new Date('2026-05-01T10:00:00Z'))
  expect(tally.metrics()).toEqual({ EventsDelivered: 1, DeliveryLagSeconds: 0 })
})

it('a tally counts dead letters and retries by themselves', () => {
  const tally = new Tally()
  tally.countRefused()
  tally.countRefused()
  tally.countGivenUp()
  tally.countRetry()
  expect(tally.metrics()).toEqual({ DeliveryRetries: 1, DeliveriesRefused: 2, DeliveriesGivenUp: 1 })
})
