import { expect, it } from 'vitest'
import { poll } from '../../functions/poll/poll.ts'
import type { Change, PollPorts } from '../../functions/poll/ports.ts'
import { eventId } from '../../shared/event-id.ts'
import { bytesInUse } from './memory.ts'
import { MemoryStores } from './stores.ts'
import { configOf, SUBJECTS } from './subjects.ts'
import { START } from './world.ts'

const EVENTS = 100_000
const PAGE = 100
const START_MS = Date.parse(START)

/** Memory is measured each time so many more have been delivered. */
const MEASURED_EVENTS = 20_000

/** Without tokens, Polytomic can show no more than 100 events of each type and instant; that is a gap, and tested with its source. */
const subjects = SUBJECTS.filter(({ name }) => name !== 'polytomic without page tokens')

/** What is delivered is counted and not kept, so that all memory that grows is the run's, and the ledger's 12 bytes an event. */
class Deliveries {
  readonly #indexes = new Map<string, number>()
  readonly #counts = new Uint8Array(EVENTS)
  readonly bytesAt = new Map<number, number>()
  delivered = 0
  recordBytes = 0

  expect(id: string): void {
    this.#indexes.set(id, this.#indexes.size)
  }

  send: PollPorts['outbox']['send'] = async (messages) => {
    for (const { id, raw } of messages.flatMap(({ events }) => events)) {
      const index = this.#indexes.get(id)
      if (index === undefined) throw new TypeError('An event that the vendor never wrote')
      this.#counts[index] = (this.#counts[index] ?? 0) + 1
      this.delivered++
      this.recordBytes += Buffer.byteLength(raw)
    }
  }

  measure(): void {
    const mark = Math.floor(this.delivered / MEASURED_EVENTS) * MEASURED_EVENTS
    if (mark > 0 && !this.bytesAt.has(mark)) this.bytesAt.set(mark, bytesInUse())
  }

  /** How many events were delivered so many times. */
  times(): Record<number, number> {
    return Object.fromEntries([...Map.groupBy(this.#counts, (count) => count)].map(([n, { length }]) => [n, length]))
  }
}

it.each(subjects)(
  '$name: 100,000 events of one same millisecond are delivered, once, in memory that stays flat',
  async (subject) => {
    const { vendor } = subject
    const [log, stores, config, found] = [vendor.open(1), new MemoryStores(), configOf(subject, PAGE), new Deliveries()]
    const instant = new Date(START_MS + 60_000)
    for (let n = 0; n < EVENTS; n++) found.expect(eventId(config.id, log.emit(instant).id))
    let nowMs = START_MS + 3_600_000
    let longestSave = 0
    const watch = (change: Change) => {
      longestSave = Math.max(longestSave, JSON.stringify(change).length)
      found.measure()
    }
    const { outbox, leases, ...others } = stores.ports()
    const ports: PollPorts = {
      ...others,
      leases: {
        acquire: async (...args) => {
          const lease = await leases.acquire(...args)
          if (lease === undefined) return undefined
          const save = async (change: Change) => {
            watch(change)
            await lease.save(change)
          }
          return { ...lease, save }
        },
      },
      outbox: { ...outbox, send: found.send },
      secrets: { read: async () => (reference) => vendor.secrets[reference.secret] ?? '' },
      send: async (request) => log.answer(request, new Date(nowMs)),
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
    expect(found.times()).toEqual({ 1: EVENTS })

    const marks = [...found.bytesAt.keys()]
    expect(marks.length).toBeGreaterThan(3)
    const [first = 0, last = 0] = [marks[0], marks.at(-1)]
    const grown = (found.bytesAt.get(last) ?? 0) - (found.bytesAt.get(first) ?? 0)
    const read = (found.recordBytes * (last - first)) / EVENTS
    // The ids of an hour are held, in some 40 bytes an event; the events themselves would be all of what was read.
    expect(grown / read).toBeLessThan(0.2)
    expect(longestSave).toBeLessThan(5_000)
  },
  120_000,
)
