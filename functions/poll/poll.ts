import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Gap, MalformedRecord, SourceEvent } from '../../shared/contracts/event.ts'
import { FAULTS, Fault } from '../../shared/contracts/fault.ts'
import { toMs } from '../../shared/contracts/time.ts'
import { eventId, eventType } from '../../shared/event-id.ts'
import { afterFault } from './after-fault.ts'
import { cut } from './cut.ts'
import type { FetchPage } from './fetch-page.ts'
import type { Job } from './job.ts'
import { expired, type NamedLane, plan, spanOf } from './lanes.ts'
import { pages, type ReadPage } from './pages.ts'
import type { PollPorts } from './ports.ts'
import { type Report, Run } from './run.ts'

/**
 * Reads what is new in a source and puts it into the queue. The order is the promise: enqueue, then ledger, then position.
 * A run may die between any two lines; what it leaves behind is at worst a repeat, never a hole.
 *
 * @returns what was done; a failure is in the report and in the source's health, not thrown
 * @throws Fault `store-unavailable` when the source's state can be neither read nor saved
 */
export async function poll(job: Job, ports: PollPorts): Promise<Report> {
  const lease = await ports.leases.acquire(job.config.id, job.owner, ports.now(), job.leaseUntil)
  if (lease === undefined) return { outcome: 'busy' }
  const run = new Run(job, lease, ports)
  try {
    if (!lease.state.paused) await walkLanes(run)
    return await run.succeed()
  } catch (error) {
    return await fail(run, error)
  }
}

async function walkLanes(run: Run): Promise<void> {
  const { walks, gap } = plan(run.config, run.state, run.vendorNow())
  // Before the new lane can be saved, from which on nobody would know of the gap.
  if (gap !== undefined) await takeGap(run, gap)
  for (const { name, lane } of walks) run.note(name, lane)
  const fetch = await run.openVendor()
  for (const walk of walks) {
    if (run.mustStop()) return
    await walkLane(run, walk, fetch)
  }
}

/** Reads a lane to its end, or until the run must stop; another run goes on from there. */
async function walkLane(run: Run, walk: NamedLane, fetch: FetchPage): Promise<void> {
  const span = spanOf(walk, run.config, run.vendorNow())
  if (span === undefined) return
  let gap = expired(walk, run.config, run.vendorNow())
  for await (const page of pages(run.config, walk.lane, span, fetch, () => run.mayRetry())) {
    if (gap !== undefined) await takeGap(run, gap)
    gap = undefined
    await takePage(run, walk.name, page)
    if (!page.last && run.mustStop()) return
    if (!page.last) await run.save()
  }
}

/** Enqueue, ledger, position. */
async function takePage(run: Run, laneName: string, page: ReadPage): Promise<void> {
  const lane = run.lane(laneName)
  const mine = page.events.filter((event) => toMs(event.time) >= toMs(lane.from))
  const fresh = await run.ledger.unseen(mine.map((event) => outgoing(run.config, event)))
  await enqueue(run, fresh)
  await quarantine(run, page.malformed)
  if (page.gap !== undefined) await takeGap(run, page.gap)
  run.turnPage(laneName, page, mine.length, fresh.length)
}

/** The queue first, then the ledger: never the other way round. */
async function enqueue(run: Run, events: readonly OutgoingEvent[]): Promise<void> {
  await run.ports.outbox.send(cut(events, { id: run.config.id, type: run.config.type }, run.routes))
  await run.ledger.add(events, run.now())
}

/** A gap is stored, the alarm is raised, and it is told to every destination, once: before the ledger can say that it was. */
async function takeGap(run: Run, gap: Gap): Promise<void> {
  await run.ports.gaps.record(run.config.id, gap, run.now())
  const fresh = await run.ledger.unseen([gapEvent(run.config, gap)])
  if (fresh.length > 0) run.tellGap(gap)
  await enqueue(run, fresh)
}

/** A record that cannot be an event is kept, once, where a person can look at it; its page goes on. */
async function quarantine(run: Run, records: readonly MalformedRecord[]): Promise<void> {
  const known = new Map(records.map((record) => [eventId(run.config.id, `malformed/${record.raw}`), record]))
  const time = '1970-01-01T00:00:00.000Z'
  const fresh = await run.ledger.unseen(
    [...known].map(([id, { raw }]) => ({ id, type: 'pollhook.malformed', time, raw })),
  )
  const wanted = fresh.flatMap(({ id }) => known.get(id) ?? [])
  if (wanted.length === 0) return
  await run.ports.outbox.quarantine(run.config.id, wanted)
  await run.ledger.add(fresh, run.now())
  run.countQuarantined(wanted.length)
}

function outgoing(config: SourceConfig, event: SourceEvent): OutgoingEvent {
  return {
    id: eventId(config.id, event.id),
    type: eventType(config.type, event.type),
    time: event.time,
    raw: event.raw,
  }
}

/** The same gap has the same id however often it is noticed. */
function gapEvent(config: SourceConfig, gap: Gap): OutgoingEvent {
  return {
    id: eventId(config.id, `gap/${gap.reason}/${gap.from}/${gap.to}`),
    type: 'pollhook.gap',
    time: gap.to,
    raw: JSON.stringify({ source: config.id, from: gap.from, to: gap.to, reason: gap.reason }),
  }
}

async function fail(run: Run, error: unknown): Promise<Report> {
  const text = `Cannot go on with source ${run.config.id} as of a defect in pollhook: found ${nameOf(error)}`
  const fault = error instanceof Fault ? error : new Fault('internal', text, { cause: error })
  if (hasYielded(fault)) return run.report(run.health, fault)
  const health = afterFault(run.health, fault, run.configuration, run.now(), run.ports.random())
  try {
    return await run.finish({ ...health, lastPollAt: run.startedAt.toISOString() }, fault)
  } catch (late) {
    if (hasYielded(late)) return run.report(run.health, late)
    throw late
  }
}

/** Another run has taken over: this one writes nothing more. */
function hasYielded(error: unknown): error is Fault {
  return error instanceof Fault && FAULTS[error.kind].action === 'yield'
}

/** An unexpected error's message may quote an event, so only its name is told; the cause keeps the rest for a debugger. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
