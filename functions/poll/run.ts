import type { Route } from '../../shared/assignment.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { Gap, Timestamp } from '../../shared/contracts/event.ts'
import type { Fault } from '../../shared/contracts/fault.ts'
import { later, toMs } from '../../shared/contracts/time.ts'
import type { Health, Lane, SourceState } from '../../shared/source-state.ts'
import { exhaustedUntil, spend } from './budget.ts'
import { clockSkewed, newSkewMs } from './clock.ts'
import { type FetchPage, pageFetcher, REQUEST_TIMEOUT_MS } from './fetch-page.ts'
import type { Job } from './job.ts'
import { corrected } from './lanes.ts'
import { Ledger } from './ledger.ts'
import type { ReadPage } from './pages.ts'
import type { Lease, PollPorts } from './ports.ts'

/** No page is asked for in the last 20 s of a run: half of them for the answer, half for its enqueue and save. */
const RESERVE_MS = 20_000
const FLUSH_MS = RESERVE_MS / 2

/** What a run did. */
export type Report = Skipped | Finished

/** Nothing was asked of the vendor, and nothing is changed. */
export interface Skipped {
  /**
   * - `busy`: another run holds the source
   * - `too-early`: the vendor named a time, or a failed run did, that has not come
   * - `superseded`: a later tick has polled the source with another configuration
   */
  readonly outcome: 'busy' | 'too-early' | 'superseded'
}

export interface Finished {
  readonly outcome: 'finished' | 'failed' | 'paused'
  readonly pages: number
  readonly requests: number
  /** Events read; those that were new; broken records set aside. */
  readonly found: number
  readonly enqueued: number
  readonly quarantined: number
  readonly gaps: readonly Gap[]
  /** True when the next run is due at once. */
  readonly unfinished: boolean
  /** The vendor's clock minus ours, where that matters. */
  readonly clockSkewMs: number | undefined
  readonly fault: Fault | undefined
}

/** The run's changing side: what is held, what is counted, what is not saved yet. */
export class Run {
  readonly config: SourceConfig
  readonly configuration: string
  readonly routes: readonly Route[]
  readonly ports: PollPorts
  readonly ledger: Ledger
  readonly startedAt: Date
  readonly tickAt: Timestamp
  readonly state: SourceState
  health: Health
  readonly #lease: Lease
  readonly #deadline: Date
  readonly #requestsPerMinute: number
  readonly #lanes = new Map<string, Lane>()
  readonly #gaps: Gap[] = []
  #requests = 0
  #pages = 0
  #found = 0
  #enqueued = 0
  #quarantined = 0
  #slowestPageMs = 0
  #pageStartedAt: Date
  #requestedAt: Date
  #unfinished = false
  /** By how much the vendor's clock turned out to differ from what was assumed. */
  #clockMovedMs = 0

  constructor(job: Job, lease: Lease, ports: PollPorts) {
    this.config = job.config
    this.configuration = job.configuration
    this.routes = job.routes
    this.ports = ports
    this.state = lease.state
    this.health = lease.state.health
    this.ledger = new Ledger(ports.ledger, job.config.id)
    this.startedAt = ports.now()
    this.#pageStartedAt = this.startedAt
    this.#requestedAt = this.startedAt
    this.tickAt = job.tickAt
    this.#lease = lease
    this.#deadline = job.deadline
    this.#requestsPerMinute = job.requestsPerMinute
  }

  now(): Date {
    return this.ports.now()
  }

  /** Now, by the vendor's clock as far as it is known to differ: windows are the vendor's business. */
  vendorNow(): Date {
    return new Date(this.now().getTime() + (this.health.clockSkewMs ?? 0))
  }

  /** @throws Fault `secret-missing`, also when there is nothing to read yet: a slip is noticed with the first run */
  openVendor(): Promise<FetchPage> {
    const { send, secrets, now, sleep, random } = this.ports
    return pageFetcher(this.config, {
      ...{ send, secrets, now, sleep, random },
      vendorNow: () => this.vendorNow(),
      timeLeftMs: () => this.#deadline.getTime() - this.now().getTime() - FLUSH_MS,
      onRequest: () => this.#countRequest(),
      onAnswer: (date) => this.#lookAtClock(date),
    })
  }

  lane(name: string): Lane {
    const lane = this.#lanes.get(name)
    if (lane === undefined) throw new TypeError(`There is no lane ${name}`)
    return lane
  }

  /** Remembers a lane as it is; it is saved with the next page. */
  note(name: string, lane: Lane): void {
    this.#lanes.set(name, lane)
  }

  /** The lane behind a page. It is not noted yet. */
  past(name: string, page: ReadPage, found: number, enqueued: number): Lane {
    const { pageSize: _, unconfirmed: __, ...lane } = this.lane(name)
    const smaller = page.pageSize < this.config.source.traits.pageSize.initial
    return {
      ...lane,
      position: page.position,
      reached: page.reached,
      ...(smaller && { pageSize: page.pageSize }),
      done: page.last && lane.to !== undefined && toMs(page.reached) >= toMs(lane.to),
      pages: lane.pages + 1,
      found: lane.found + found,
      enqueued: lane.enqueued + enqueued,
    }
  }

  /** Notes the lane behind a page, and counts the page. */
  turnPage(name: string, past: Lane, found: number, enqueued: number): void {
    this.note(name, past)
    this.#pages++
    this.#found += found
    this.#enqueued += enqueued
    const now = this.now()
    this.#slowestPageMs = Math.max(this.#slowestPageMs, now.getTime() - this.#pageStartedAt.getTime())
    this.#pageStartedAt = now
  }

  tellGap(gap: Gap): void {
    this.ports.onGap(this.config.id, gap)
    this.#gaps.push(gap)
  }

  countQuarantined(records: number): void {
    this.#quarantined += records
  }

  /** True when no further request may be made: the time is up, or the minute's requests are. */
  mustStop(): boolean {
    const now = this.now()
    const remainingMs = this.#deadline.getTime() - now.getTime()
    const untilText = exhaustedUntil(this.health.budget, this.#requestsPerMinute, now)
    if (untilText !== undefined) this.health = { ...this.health, notBefore: untilText }
    this.#unfinished = untilText !== undefined || remainingMs < Math.max(RESERVE_MS, 2 * this.#slowestPageMs)
    return this.#unfinished
  }

  /** True while there is time for one more request, however long it takes, besides what is kept free. */
  mayRetry(): boolean {
    return this.#deadline.getTime() - this.now().getTime() >= REQUEST_TIMEOUT_MS + RESERVE_MS
  }

  /** @throws Fault `lease-lost`, `store-unavailable` */
  async save(): Promise<void> {
    await this.#lease.save({ lanes: Object.fromEntries(this.#lanes), health: this.health })
  }

  /** Ends the run well: the fault, if there was one, is over. */
  async succeed(): Promise<Finished> {
    const { fault: _, configuration: __, notBefore, ...health } = this.health
    const times = { lastPollAt: this.startedAt.toISOString(), lastSuccessAt: this.now().toISOString() }
    const waiting = this.#unfinished && notBefore !== undefined ? { notBefore } : {}
    return this.finish({ ...health, ...times, ...waiting, failures: 0, unfinished: this.#unfinished }, undefined)
  }

  /** Saves, gives the lease back, and reports. */
  async finish(health: Health, fault: Fault | undefined): Promise<Finished> {
    const createdAt = health.createdAt ?? this.startedAt.toISOString()
    const lanes = fault?.kind === 'clock-skewed' ? this.#unconfirmedLanes() : Object.fromEntries(this.#lanes)
    const tickAt = later(this.tickAt, health.tickAt ?? this.tickAt)
    await this.#lease.release({ lanes, health: { ...health, createdAt, tickAt } })
    return this.report(health, fault)
  }

  /** A sweep that began by the wrong clock begins again with the next run; where the source itself began must be kept. */
  #unconfirmedLanes(): Record<string, Lane> {
    const lanes = [...this.#lanes].filter(([, lane]) => lane.unconfirmed)
    return Object.fromEntries(lanes.map(([name, lane]) => [name, corrected(lane, this.#clockMovedMs)]))
  }

  /** What was done. Saves nothing. */
  report(health: Health, fault: Fault | undefined): Finished {
    return {
      outcome: fault !== undefined ? 'failed' : this.state.paused ? 'paused' : 'finished',
      pages: this.#pages,
      requests: this.#requests,
      found: this.#found,
      enqueued: this.#enqueued,
      quarantined: this.#quarantined,
      gaps: this.#gaps,
      unfinished: health.unfinished,
      clockSkewMs: health.clockSkewMs,
      fault,
    }
  }

  /** @throws Fault `clock-skewed` */
  #lookAtClock(date: string | undefined): void {
    const { clockSkewMs: assumedMs = 0, ...health } = this.health
    const skewMs = newSkewMs(date, assumedMs, this.config.settleMs, this.#requestedAt, this.now())
    if (skewMs === undefined) return
    this.#clockMovedMs = skewMs - assumedMs
    this.health = skewMs === 0 ? health : { ...health, clockSkewMs: skewMs }
    throw clockSkewed(skewMs)
  }

  #countRequest(): void {
    this.#requests++
    this.#requestedAt = this.now()
    this.health = { ...this.health, budget: spend(this.health.budget, this.now()) }
  }
}
