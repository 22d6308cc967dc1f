import { FAULTS, Fault } from '../../shared/contracts/fault.ts'
import { toMs } from '../../shared/contracts/time.ts'
import type { SourceState } from '../../shared/source-state.ts'
import { afterFault } from './after-fault.ts'
import type { FetchPage } from './fetch-page.ts'
import type { Job } from './job.ts'
import { expired, type NamedLane, plan, spanOf } from './lanes.ts'
import { pages } from './pages.ts'
import type { PollPorts } from './ports.ts'
import { type Report, Run, type Skipped } from './run.ts'
import { takeGap, takePage, takeRejection } from './take.ts'

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
  const reason = whyNot(job, lease.state, ports.now())
  if (reason !== undefined) {
    await lease.release({})
    return { outcome: reason }
  }
  const run = new Run(job, lease, ports)
  try {
    if (!lease.state.paused) await walkLanes(run)
    return await run.succeed()
  } catch (error) {
    return await fail(run, error)
  }
}

/** Why a run has nothing to do although its source is free; undefined when it has. */
function whyNot(job: Job, { lanes, health }: SourceState, now: Date): Skipped['outcome'] | undefined {
  const { configuration, notBefore, tickAt } = health
  // A run that comes late must not take the source back to a configuration that has been replaced since.
  const isOther = lanes.live !== undefined && lanes.live.fingerprint !== job.config.fingerprint
  if (isOther && tickAt !== undefined && toMs(job.tickAt) < toMs(tickAt)) return 'superseded'
  // A tick that comes twice, as ticks do, must not ask a vendor that said when to come back.
  const corrected = configuration !== undefined && configuration !== job.configuration
  return !corrected && notBefore !== undefined && toMs(notBefore) > now.getTime() ? 'too-early' : undefined
}

async function walkLanes(run: Run): Promise<void> {
  const { walks, ended, gaps } = plan(run.config, run.state, run.vendorNow(), run.tickAt)
  // Before the new lanes can be saved, from which on nobody would know of the gaps.
  for (const gap of gaps) await takeGap(run, gap)
  for (const { name, lane } of ended) run.note(name, { ...lane, done: true })
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
  try {
    for await (const page of pages(run.config, walk.lane, span, fetch, () => run.mayRetry())) {
      if (gap !== undefined) await takeGap(run, gap)
      gap = undefined
      await takePage(run, walk.name, page)
      if (!page.last && run.mustStop()) return
      if (!page.last) await run.save()
    }
  } catch (error) {
    if (error instanceof Fault && error.kind === 'position-rejected') await takeRejection(run, walk.name)
    throw error
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
