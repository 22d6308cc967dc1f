import { expect, it } from 'vitest'
import type { AnySource } from '../../shared/contracts/source.ts'
import { eventId } from '../../shared/event-id.ts'
import { withLargeRecords } from './large.ts'
import { CALM, STORM } from './simulate.ts'
import { configOf, SUBJECTS } from './subjects.ts'
import { World } from './world.ts'

/** Smartsheet's stream has no way around a record, whose size its own limits keep below a kilobyte or so. */
const subjects = SUBJECTS.filter(({ name }) => name !== 'smartsheet')

/** Where only a full page tells that there is more, a page must not be as short as one record. */
function ofFive(source: AnySource): AnySource {
  const least = source.type === 'polytomic' ? 5 : 1
  return { ...source, traits: { ...source.traits, pageSize: { initial: 5, least } } }
}

it.each(subjects)('$name: reads around records that are too large, and says where they were', async (subject) => {
  for (const [seed, weather] of [1, 2, 3, 4].flatMap((seed) => [[seed, CALM] as const, [seed, STORM] as const])) {
    const log = withLargeRecords(subject.vendor, seed, 9)
    const config = configOf(subject, 5, ofFive, { sweep: seed % 2 === 0 && { every: '5m', back: '20m' } })
    const latestMs = config.overlapMs + config.settleMs / 2
    const steady = { ...weather, ledgerLoss: 0, ledgerExpiry: 0, configurationChange: 0, skewChange: 0, latestMs }
    const world = new World(seed, config, log, subject.vendor.secrets, steady)
    const { lost, altered, repeats } = await world.live(15)
    const gaps = await world.stores.gaps(config.id)
    expect({ seed, altered, repeats: weather === CALM ? repeats : 0 }).toEqual({ seed, altered: [], repeats: 0 })
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['too-large']))

    const isIn = (at: number) => gaps.some(({ from, to }) => Date.parse(from) <= at && at < Date.parse(to))
    const missing = [...log.times].filter(([id]) => lost.includes(eventId(config.id, id)))
    expect([...log.large].filter((id) => !lost.includes(eventId(config.id, id)))).toEqual([])
    expect(missing.filter(([, at]) => !isIn(at.getTime()))).toEqual([])
    // Where single records can be passed over, nothing else is; others share the fate of one that was written beside them.
    if (/tines|bloodhound/.test(subject.name)) expect(missing).toHaveLength(log.large.size)
    expect(missing.length).toBeLessThan(log.times.size / 2)
  }
})
