import { expect, it } from 'vitest'
import { poll } from '../../functions/poll/poll.ts'
import { eventId } from '../../shared/event-id.ts'
import { MemoryStores } from './stores.ts'
import { configOf, SUBJECTS } from './subjects.ts'
import { START } from './world.ts'

const EVENTS = 100_000
const PAGE = 100
const START_MS = Date.parse(START)

/** Without tokens, Polytomic can show no more than 100 events of each type and instant; that is a gap, and tested with its source. */
const subjects = SUBJECTS.filter(({ name }) => name !== 'polytomic without page tokens')

it.each(subjects)(
  '$name: 100,000 events of one same millisecond are delivered, once',
  async (subject) => {
    const { vendor } = subject
    const [log, stores, config] = [vendor.open(1), new MemoryStores(), configOf(subject, PAGE)]
    const instant = new Date(START_MS + 60_000)
    const wanted = new Set(Array.from({ length: EVENTS }, () => eventId(config.id, log.emit(instant).id)))
    let nowMs = START_MS + 3_600_000
    const ports = {
      ...stores.ports(),
      secrets: {
        read:
          async () =>
          ({ secret }: { secret: string }) =>
            vendor.secrets[secret] ?? '',
      },
      send: async (request: Parameters<typeof log.answer>[0]) => log.answer(request, new Date(nowMs)),
      now: () => new Date(nowMs),
      sleep: async () => {},
      random: () => 0.5,
      onGap: () => {},
    }
    for (let run = 0, unfinished = true; unfinished && run < 50; run++) {
      nowMs += 60_000
      const report = await poll(
        {
          config,
          configuration: 'c',
          routes: [{ id: 'hook', batch: { maxEvents: 500, maxBytes: 245_760 }, filter: { types: ['*'], exclude: [] } }],
          requestsPerMinute: 600,
          tickAt: new Date(nowMs).toISOString(),
          owner: `run ${run}`,
          deadline: new Date(nowMs + 300_000),
          leaseUntil: new Date(nowMs + 330_000),
        },
        ports,
      )
      if (report.outcome !== 'finished') throw new TypeError(`The run ${report.outcome}`)
      unfinished = report.unfinished
    }
    const delivered = stores.delivered()
    expect([...wanted].filter((id) => !delivered.has(id))).toEqual([])
    expect([...delivered.values()].filter((texts) => texts.length > 1)).toEqual([])
  },
  120_000,
)
