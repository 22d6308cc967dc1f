import { afterEach, describe, expect, it } from 'vitest'
import { DESTINATIONS } from '../../functions/deliver/destinations/registry.ts'
import { RECEIVERS } from '../../local/receivers/registry.ts'
import type { RequestFault } from '../../local/receivers/serve.ts'
import { spread } from '../functions/deliver/world.ts'
import { SiemRun, vendorEvents } from './siem.ts'

const EVENTS = vendorEvents(10_000)

const WRONG = ['unavailable', 'throttled', 'answer-lost'] as const

/** One request in ten goes wrong, in one of three ways. */
function oneInTen(): () => RequestFault {
  let requests = 0
  return () => {
    requests++
    return requests % 10 === 0 ? (WRONG[(requests / 10) % WRONG.length] ?? 'none') : 'none'
  }
}

describe.each(Object.entries(RECEIVERS))('%s', (type, create) => {
  let run: SiemRun | undefined
  afterEach(() => run?.close())

  it('gets 10,000 events, each whole, although one request in ten goes wrong', { timeout: 120_000 }, async () => {
    const random = spread(type.length)
    const receiver = create({ itemFails: () => random() < 0.02 })
    run = await SiemRun.open(receiver, oneInTen())
    // Small enough that there are a hundred requests.
    await run.deliver(EVENTS, { batch: { maxEvents: Math.min(100, DESTINATIONS[type]?.batch.maxEvents ?? 1) } })

    expect(run.requests).toBeGreaterThanOrEqual(30)
    expect(run.failures).toEqual([])
    expect(run.letters.map(({ deadLetter }) => deadLetter.reason)).toEqual([])
    const stored = receiver.stored()
    const rawOf = new Map(stored.map(({ id, raw }) => [id, raw]))
    expect(EVENTS.filter(({ id, raw }) => rawOf.get(id) !== raw).map(({ id }) => id)).toEqual([])
    expect(rawOf.size).toBe(EVENTS.length)

    const times = Map.groupBy(stored, ({ id }) => id)
    const repeated = [...times].flatMap(([id, of]) => (of.length > 1 ? [id] : []))
    if (DESTINATIONS[type]?.storesOnce === true) expect(repeated).toEqual([])
    else expect(repeated.filter((id) => run?.unsure.has(id) !== true)).toEqual([])
  })
})
