import { isDue } from '../../functions/dispatch/due.ts'
import type { Job } from '../../functions/poll/job.ts'
import { newLane } from '../../functions/poll/lanes.ts'
import { poll } from '../../functions/poll/poll.ts'
import type { PollPorts } from '../../functions/poll/ports.ts'
import type { VendorLog } from '../../local/vendors/vendor.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import { Fault, type FaultKind } from '../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { eventId } from '../../shared/event-id.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { interrupted, Killed, type Moment, type Step } from './ports.ts'
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

/** What a schedule may contain, as probabilities. */
export interface Weather {
  /** A run dies, at each border of an effect; and in the middle of an effect on many things. */
  readonly death: number
  /** A run is paused at a border, past the end of its lease, and wakes up later. */
  readonly pause: number
  /** An effect happens, and its answer is lost: the run learns of a fault. */
  readonly lostAnswer: number
  /** A request fails: no answer, 5xx, 429, HTML, half an answer. */
  readonly badAnswer: number
  /** An event is committed late, by up to `latestMs`. */
  readonly late: number
  readonly latestMs: number
  /** Between two ticks: the ledger is lost; the configuration changes to one that reads the same. */
  readonly ledgerLoss: number
  readonly configurationChange: number
  /** Our clock is ahead of the vendor's, or behind it, by up to so much. */
  readonly skewMs: number
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
  readonly deaths: number
  readonly pauses: number
  readonly lostAnswers: number
  readonly badAnswers: number
  readonly requests: number
}

/** A run that is waiting to be woken. */
interface Sleeper {
  readonly wake: () => void
  readonly done: Promise<void>
}

/** One vendor, one source, simulated time, and everything that can go wrong between them, chosen by a seed. */
export class World {
  readonly random: Random
  readonly stores: MemoryStores
  #config: SourceConfig
  readonly #skewMs: number
  readonly #log: VendorLog
  readonly #weather: Weather
  readonly #mutate: (ports: PollPorts) => PollPorts
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
  #counts = { deaths: 0, pauses: 0, lostAnswers: 0, badAnswers: 0, requests: 0 }

  constructor(
    seed: number,
    config: SourceConfig,
    log: VendorLog,
    secrets: Readonly<Record<string, string>>,
    weather: Weather,
    mutate: (ports: PollPorts) => PollPorts = (ports) => ports,
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
    await this.stores.states.addLane(this.#config.id, 'backfill-1', newLane(from, START, this.#config.fingerprint))
  }

  /** Lets the log grow while it is read for so many ticks, then calms down until everything is read. */
  async live(ticks: number): Promise<Verdict> {
    for (let tick = 0; tick < ticks; tick++) await this.#tick()
    this.#calm = true
    this.#writing = false
    for (const sleeper of this.#sleepers.splice(0)) await this.#wake(sleeper)
    this.#advance(LEASE_MS)
    for (let tick = 0; tick < MAX_CALM_TICKS && !(await this.#caughtUp()); tick++) await this.#tick()
    return this.#verdict()
  }

  async #tick(): Promise<void> {
    this.#advance(this.#pace.tickMs)
    const [sleeper] = this.#sleepers
    if (sleeper !== undefined && this.random.chance(0.5)) {
      this.#sleepers.shift()
      await this.#wake(sleeper)
    }
    if (!this.#calm && this.random.chance(this.#weather.ledgerLoss)) this.stores.forgetLedger()
    if (!this.#calm && this.random.chance(this.#weather.configurationChange)) {
      this.#config = { ...this.#config, fingerprint: `configuration ${this.random.int(1, 9)}` }
    }
    const state = await this.#state()
    if (!isDue(this.#config, 'configuration', state, this.#now())) return
    await this.#run()
    // The scheduler may tick twice for the same minute.
    if (this.random.chance(0.05)) await this.#run()
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
  async #run(): Promise<void> {
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
      if (moment === 'after' && step !== 'fetch' && this.random.chance(this.#weather.lostAnswer)) {
        this.#counts.lostAnswers++
        throw new Fault('store-unavailable', `Cannot tell what became of ${step}: found no answer, wanted one`)
      }
      if (!hasPaused && this.random.chance(this.#weather.pause)) {
        hasPaused = true
        this.#counts.pauses++
        const woken = new Promise<void>((resolve) => {
          wake = resolve
        })
        pause?.()
        await woken
      }
    }
    const part = (n: number): number | undefined => {
      if (dead || this.#calm || !this.random.chance(this.#weather.death)) return undefined
      this.#counts.deaths++
      dead = true
      return this.random.int(0, n)
    }
    const done = poll(this.#job(), this.#mutate(interrupted(this.#ports(), at, part))).then(
      (report) => {
        if (report.outcome === 'failed' && report.fault?.kind === 'internal' && !dead) throw report.fault
      },
      (error: unknown) => {
        const expected = dead || (error instanceof Fault && EXPECTED.includes(error.kind))
        if (!expected) throw error
      },
    )
    if ((await Promise.race([done, paused])) !== 'paused') return
    this.#sleepers.push({ wake: () => wake(), done })
    if (this.random.chance(0.7)) this.#advance(LEASE_MS + this.random.int(0, this.#pace.tickMs))
  }

  async #wake(sleeper: Sleeper): Promise<void> {
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
      tickAt: new Date(now).toISOString(),
      owner: `run-${++this.#runs}`,
      deadline: new Date(now + RUN_MS),
      leaseUntil: new Date(now + LEASE_MS),
    }
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
    if (this.#calm || !this.random.chance(this.#weather.badAnswer)) return answer
    this.#counts.badAnswers++
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

  #verdict(): Verdict {
    const delivered = this.stores.delivered()
    const beganMs = this.#config.startFrom === 'now' ? (this.#beganMs ?? 0) + UNNOTICED_SKEW_MS : 0
    const ids = [...this.#expected].filter(([, { atMs }]) => atMs >= beganMs).map(([id]) => id)
    return {
      emitted: ids.length,
      lost: ids.filter((id) => !delivered.has(id)),
      altered: ids.filter((id) => delivered.get(id)?.some((raw) => raw !== this.#expected.get(id)?.raw)),
      repeats: [...delivered.values()].reduce((sum, raws) => sum + raws.length - 1, 0),
      ...this.#counts,
    }
  }
}
