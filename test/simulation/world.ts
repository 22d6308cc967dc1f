import { isDue } from '../../functions/dispatch/due.ts'
import type { Job } from '../../functions/poll/job.ts'
import { KEY_BYTES } from '../../functions/poll/key-set.ts'
import { newLane } from '../../functions/poll/lanes.ts'
import { LEDGER_MS } from '../../functions/poll/ledger.ts'
import { poll } from '../../functions/poll/poll.ts'
import type { PollPorts } from '../../functions/poll/ports.ts'
import type { VendorLog } from '../../local/vendors/vendor.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { Gap } from '../../shared/contracts/event.ts'
import { Fault, type FaultKind } from '../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { eventId } from '../../shared/event-id.ts'
import { hoursOf } from '../../shared/hours.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { interrupted, Killed, type Moment, type Part, type Step } from './ports.ts'
import { Random } from './random.ts'
import { MemoryStores } from './stores.ts'

/** When every simulation begins, and every source's `startFrom`. */
export const START = '2026-05-01T10:00:00.000Z'
const START_MS = Date.parse(START)
const RUN_MS = 300_000
const LEASE_MS = 330_000
const BACKFILL_MS = 3_600_000
/** Half of every `settle`: clocks that differ by less are taken for equal, and so is where "now" is. */
const UNNOTICED_SKEW_MS = 30_000
/** What poll() throws when it can save nothing: another run goes on. */
const EXPECTED: readonly FaultKind[] = ['store-unavailable']
const MAX_CALM_TICKS = 2_000
const HOUR_MS = 3_600_000

/** What a schedule may contain, as probabilities. */
export interface Weather {
  /** A run dies, at each border of an effect; and in the middle of an effect on many things. */
  readonly death: number
  /** A run is paused at a border, past the end of its lease, and wakes up later. */
  readonly pause: number
  /** An effect happens, and its answer is lost: the run learns of a fault. */
  readonly lostAnswer: number
  /** An effect on many things happens to some of them only, and the run learns that it failed. */
  readonly partialFailure: number
  /** A request fails: no answer, 5xx, 429, HTML, half an answer. */
  readonly badAnswer: number
  /** An event is committed late, by up to `latestMs`. */
  readonly late: number
  readonly latestMs: number
  /** Between two ticks: the ledger is lost; some of its rows expire early; the configuration changes to one that reads the same. */
  readonly ledgerLoss: number
  readonly ledgerExpiry: number
  readonly configurationChange: number
  /** A run comes a second time, later, with the configuration of its own tick. */
  readonly lateRun: number
  /** Our clock is ahead of the vendor's, or behind it, by up to so much; and how likely that changes between two ticks. */
  readonly skewMs: number
  readonly skewChange: number
}

/** How fast time passes. */
export interface Pace {
  /** Between two ticks. */
  readonly tickMs: number
  /** Between two events, at most. */
  readonly gapMs: number
}

/** As deployed: a tick a minute; and an event every 12 s or so. */
const EVERY_MINUTE: Pace = { tickMs: 60_000, gapMs: 25_000 }

export interface Verdict {
  readonly emitted: number
  /** Events that were never put on the queue, or not as the vendor wrote them. */
  readonly lost: readonly string[]
  readonly altered: readonly string[]
  readonly repeats: number
  /** Hours for which the evidence does not say as many events read and enqueued as were written. */
  readonly miscounted: readonly string[]
  readonly gaps: readonly Gap[]
  /** What happened, by kind. */
  readonly counts: Counts
}

/** How often something happened. `wokenLate` runs were paused past the end of their lease. */
export type Counts = Record<(typeof COUNTED)[number], number>

const COUNTED = [
  ...(['requests', 'deaths', 'pauses', 'wokenLate', 'lostAnswers', 'partialFailures', 'badAnswers'] as const),
  ...(['ledgerLosses', 'ledgerExpiries', 'configurationChanges', 'lateRuns', 'doubledTicks', 'skewChanges'] as const),
] as const

/** A deliberate mistake in what a run touches. */
export type Mutation = (ports: PollPorts, config: SourceConfig) => PollPorts

/** A run that is waiting to be woken. */
interface Sleeper {
  readonly leaseEndsMs: number
  readonly wake: () => void
  readonly done: Promise<void>
}

/** One vendor, one source, simulated time, and everything that can go wrong between them, chosen by a seed. */
export class World {
  readonly random: Random
  readonly stores: MemoryStores
  #config: SourceConfig
  #skewMs: number
  readonly #log: VendorLog
  readonly #weather: Weather
  readonly #mutate: Mutation
  readonly #secrets: Readonly<Record<string, string>>
  readonly #pace: Pace
  /** The text of every record, and when it was written, by event id. */
  readonly #expected = new Map<string, { readonly raw: string; readonly atMs: number }>()
  /** Where a source that begins "now" begins by the vendor's clock; what was written before is not its business. */
  #beganMs: number | undefined
  #nowMs = START_MS
  #emittedUntilMs = START_MS
  #lastVisibleMs = START_MS
  #calm = false
  #writing = true
  #sleepers: Sleeper[] = []
  #runs = 0
  #lastJob: Job | undefined
  readonly #counts: Counts = Object.fromEntries(COUNTED.map((kind) => [kind, 0])) as Counts

  constructor(
    seed: number,
    config: SourceConfig,
    log: VendorLog,
    secrets: Readonly<Record<string, string>>,
    weather: Weather,
    mutate: Mutation = (ports) => ports,
    pace: Pace = EVERY_MINUTE,
  ) {
    this.#pace = pace
    this.random = new Random(seed)
    this.stores = new MemoryStores()
    this.#config = config
    this.#log = log
    this.#secrets = secrets
    this.#weather = weather
    this.#skewMs = weather.skewMs === 0 ? 0 : this.random.int(-weather.skewMs, weather.skewMs)
    this.#mutate = mutate
  }

  /** Has the hour before the start, which the live lane leaves out, read by a backfill. */
  async backfill(): Promise<void> {
    const from = new Date(START_MS - BACKFILL_MS).toISOString()
    for (let atMs = START_MS - BACKFILL_MS; atMs < START_MS; atMs += this.random.int(1, 60_000)) this.#emit(atMs, 0)
    const lane = { ...newLane(from, START, this.#config.fingerprint), askedAt: new Date(this.#nowMs).toISOString() }
    await this.stores.states.addLane(this.#config.id, 'backfill-1', lane)
  }

  /** Lets the log grow while it is read for so many ticks, then calms down until everything is read. */
  async live(ticks: number): Promise<Verdict> {
    for (let tick = 0; tick < ticks; tick++) await this.#tick()
    this.#calm = true
    this.#writing = false
    for (const sleeper of this.#sleepers.splice(0)) await this.#wake(sleeper)
    this.#advance(LEASE_MS)
    for (let tick = 0; tick < MAX_CALM_TICKS && !(await this.#caughtUp()); tick++) await this.#tick()
    return await this.#verdict()
  }

  async #tick(): Promise<void> {
    this.#advance(this.#pace.tickMs)
    const [sleeper] = this.#sleepers
    if (sleeper !== undefined && this.random.chance(0.5)) {
      this.#sleepers.shift()
      await this.#wake(sleeper)
    }
    this.stores.expireLedger(this.#now())
    if (!this.#calm) this.#changeWeather()
    if (!this.#calm && this.#lastJob !== undefined && this.#happens('lateRun', 'lateRuns'))
      await this.#run(this.#again(this.#lastJob))
    const state = await this.#state()
    if (!isDue(this.#config, 'configuration', state, this.#now())) return
    await this.#run(this.#job())
    // The scheduler may tick twice for the same minute.
    if (!this.random.chance(0.05)) return
    this.#counts.doubledTicks++
    await this.#run(this.#job())
  }

  /** What may happen between two ticks. */
  #changeWeather(): void {
    if (this.#happens('ledgerLoss', 'ledgerLosses')) this.stores.forgetLedger()
    if (this.#happens('ledgerExpiry', 'ledgerExpiries')) {
      // As if so much of the 90 days had passed.
      this.stores.expireLedger(new Date(this.#now().getTime() + LEDGER_MS - this.random.int(0, 600_000)))
    }
    if (this.#happens('configurationChange', 'configurationChanges')) {
      this.#config = { ...this.#config, fingerprint: `configuration ${this.random.int(1, 9)}` }
    }
    if (this.#happens('skewChange', 'skewChanges')) {
      this.#skewMs = this.random.int(-this.#weather.skewMs, this.#weather.skewMs)
    }
  }

  #happens(kind: keyof Weather, counted: keyof Counts): boolean {
    const happens = this.random.chance(this.#weather[kind])
    if (happens) this.#counts[counted]++
    return happens
  }

  async #state(): Promise<SourceState> {
    return (await this.stores.state(this.#config.id)) ?? NEW_STATE
  }

  /** True when the live lane is past the last event, and so is the last sweep where there are sweeps. */
  async #caughtUp(): Promise<boolean> {
    const { lanes, health } = await this.#state()
    const isPast = (instant: string | undefined) => instant !== undefined && Date.parse(instant) > this.#lastVisibleMs
    const swept = this.#config.sweep === false || (isPast(lanes.sweep?.to) && lanes.sweep?.done === true)
    const backfilled = Object.entries(lanes).every(([name, { done }]) => !name.startsWith('backfill') || done)
    return isPast(lanes.live?.reached) && swept && backfilled && !health.unfinished && health.failures === 0
  }

  /** One run: to its end, its death or its pause. */
  async #run(job: Job): Promise<void> {
    this.#lastJob = job
    let dead = false
    let hasPaused = false
    let pause: (() => void) | undefined
    const paused = new Promise<'paused'>((resolve) => {
      pause = () => resolve('paused')
    })
    let wake: () => void = () => {}
    const die = (): never => {
      if (!dead) this.#counts.deaths++
      dead = true
      throw new Killed()
    }
    const at = async (step: Step, moment: Moment): Promise<void> => {
      if (dead) throw new Killed()
      if (step === 'acquire' && moment === 'after') this.#beganMs ??= this.#nowMs
      this.#advance(this.random.int(0, step === 'fetch' ? 900 : 60))
      if (this.#calm) return
      if (this.random.chance(this.#weather.death)) die()
      if (moment === 'after' && step !== 'fetch' && this.#happens('lostAnswer', 'lostAnswers')) {
        throw new Fault('store-unavailable', `Cannot tell what became of ${step}: found no answer, wanted one`)
      }
      if (!hasPaused && this.#happens('pause', 'pauses')) {
        hasPaused = true
        const woken = new Promise<void>((resolve) => {
          wake = resolve
        })
        pause?.()
        await woken
      }
    }
    const part: Part = (n) => {
      if (dead || this.#calm) return undefined
      if (this.random.chance(this.#weather.death)) {
        this.#counts.deaths++
        dead = true
        return { some: this.random.int(0, n), error: new Killed() }
      }
      if (!this.#happens('partialFailure', 'partialFailures')) return undefined
      return { some: this.random.int(0, n), error: new Fault('queue-refused', 'Cannot do it all: found some refused') }
    }
    const ports = this.#mutate(interrupted(this.#ports(), at, part), job.config)
    const done = poll(job, ports).then(
      (report) => {
        if (report.outcome === 'failed' && report.fault?.kind === 'internal' && !dead) throw report.fault
      },
      (error: unknown) => {
        const expected = dead || (error instanceof Fault && EXPECTED.includes(error.kind))
        if (!expected) throw error
      },
    )
    if ((await Promise.race([done, paused])) !== 'paused') return
    this.#sleepers.push({ leaseEndsMs: this.#nowMs + LEASE_MS, wake: () => wake(), done })
    if (this.random.chance(0.7)) this.#advance(LEASE_MS + this.random.int(0, this.#pace.tickMs))
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    if (this.#nowMs > sleeper.leaseEndsMs) this.#counts.wokenLate++
    sleeper.wake()
    await sleeper.done
  }

  #job(): Job {
    const now = this.#now().getTime()
    return {
      config: this.#config,
      configuration: 'configuration',
      routes: [{ id: 'hook', batch: { maxEvents: 3, maxBytes: 100_000 }, filter: { types: ['*'], exclude: [] } }],
      requestsPerMinute: 600,
      tickAt: new Date(this.#nowMs).toISOString(),
      owner: `run-${++this.#runs}`,
      deadline: new Date(now + RUN_MS),
      leaseUntil: new Date(now + LEASE_MS),
    }
  }

  /** The same assignment in an invocation of its own. */
  #again(job: Job): Job {
    const { owner, deadline, leaseUntil } = this.#job()
    return { ...job, owner, deadline, leaseUntil }
  }

  #ports(): PollPorts {
    return {
      ...this.stores.ports(),
      secrets: { read: async () => (reference) => this.#secrets[reference.secret] ?? '' },
      send: async (request) => this.#answer(request),
      now: () => this.#now(),
      sleep: async (ms) => this.#advance(ms),
      random: () => this.random.next(),
      onGap: () => {},
    }
  }

  /** Our own clock. */
  #now(): Date {
    return new Date(this.#nowMs + this.#skewMs)
  }

  #dated(answer: HttpResponse): HttpResponse {
    return { ...answer, headers: { date: new Date(this.#nowMs).toUTCString(), ...answer.headers } }
  }

  #answer(request: HttpRequest): HttpResponse {
    this.#counts.requests++
    const answer = this.#dated(this.#log.answer(request, new Date(this.#nowMs)))
    if (this.#calm || !this.#happens('badAnswer', 'badAnswers')) return answer
    switch (this.random.int(0, 5)) {
      case 0:
        throw new Fault('unreachable', 'Cannot reach the vendor: found ECONNRESET, wanted an answer')
      case 1:
        return { status: 502, headers: {}, body: '' }
      case 2:
        return { status: 429, headers: { 'retry-after': String(this.random.int(1, 90)) }, body: '' }
      case 3:
        return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>please wait</html>' }
      case 4:
        throw new Fault('timed-out', 'Cannot read the answer: found nothing for 30000 ms, wanted an answer')
      default:
        return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) }
    }
  }

  /** Time passes, and the vendor's log grows meanwhile: singly, in bursts of one same instant, some of it committed late. */
  #advance(ms: number): void {
    this.#nowMs += ms
    while (this.#writing && this.#emittedUntilMs < this.#nowMs) {
      this.#emittedUntilMs += this.random.int(1, this.#pace.gapMs)
      const ties = this.random.chance(0.1) ? this.random.int(2, 12) : 1
      for (let tie = 0; tie < ties; tie++) this.#emit(this.#emittedUntilMs, this.#lateness())
    }
  }

  #lateness(): number {
    return this.random.chance(this.#weather.late) ? this.random.int(1, this.#weather.latestMs) : 0
  }

  #emit(atMs: number, lateMs: number): void {
    const visibleMs = atMs + lateMs
    const { id, raw } = this.#log.emit(new Date(atMs), new Date(visibleMs))
    this.#lastVisibleMs = Math.max(this.#lastVisibleMs, visibleMs)
    this.#expected.set(eventId(this.#config.id, id), { raw, atMs })
  }

  async #verdict(): Promise<Verdict> {
    const delivered = this.stores.delivered()
    const beganMs = this.#config.startFrom === 'now' ? (this.#beganMs ?? 0) + UNNOTICED_SKEW_MS : 0
    const gaps = await this.stores.gaps(this.#config.id)
    // A backfill ends with its configuration, and says what it has not read; nothing else may be excused by a gap.
    const isSaid = (atMs: number) =>
      atMs < START_MS && gaps.some(({ from, to }) => Date.parse(from) <= atMs && atMs < Date.parse(to))
    const wanted = [...this.#expected].filter(
      ([id, { atMs }]) => atMs >= beganMs && (delivered.has(id) || !isSaid(atMs)),
    )
    const ids = wanted.map(([id]) => id)
    return {
      emitted: ids.length,
      lost: ids.filter((id) => !delivered.has(id)),
      altered: ids.filter((id) => delivered.get(id)?.some((raw) => raw !== this.#expected.get(id)?.raw)),
      repeats: [...delivered.values()].reduce((sum, raws) => sum + raws.length - 1, 0),
      miscounted: await this.#miscounted(gaps),
      gaps,
      counts: this.#counts,
    }
  }

  /** What the ledger says of each hour must be what was delivered of it. Where ledger rows were lost it cannot be. */
  async #miscounted(gaps: readonly Gap[]): Promise<string[]> {
    if (this.#counts.ledgerLosses + this.#counts.ledgerExpiries > 0) return []
    const [first, last] = [START_MS - BACKFILL_MS, this.#lastVisibleMs + BACKFILL_MS].map((ms) =>
      new Date(ms).toISOString(),
    )
    const interval = { from: first ?? START, to: last ?? START }
    const chunks = await this.stores.ports().ledger.load(this.#config.id, interval.from, interval.to)
    const delivered = this.stores.delivered()
    const written = Map.groupBy(
      [...this.#expected].filter(([id]) => delivered.has(id)),
      ([, { atMs }]) => Math.floor(atMs / HOUR_MS),
    )
    return hoursOf(interval, chunks, [], [], KEY_BYTES).flatMap(({ hour, read, enqueued }) => {
      // What was enqueued by a backfill that ended before it could note it is in no closed hour.
      if (gaps.some(({ from, to }) => Date.parse(hour) < START_MS && from < START && to > hour)) return []
      const count = written.get(Date.parse(hour) / HOUR_MS)?.length ?? 0
      return read === count && enqueued === count ? [] : [`${hour}: ${read} read, ${enqueued} enqueued of ${count}`]
    })
  }
}
