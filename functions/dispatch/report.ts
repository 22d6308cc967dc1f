import type { Tick } from './dispatch.ts'

type Log = (level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, string | number>>) => void

/** One line for the tick, and one for each thing that a person has to mend. */
export function report(tick: Tick, log: Log): void {
  for (const problem of tick.problems) log('error', 'configuration.unusable', { problem })
  for (const { id, reason, since } of tick.held) log('warn', 'destination.held', { destination: id, reason, since })
  for (const { id, since } of tick.failing) log('warn', 'destination.failing', { destination: id, since })
  for (const { id, kind, message, since } of tick.suspended) {
    log('warn', 'source.suspended', { source: id, fault: kind, message, since })
  }
  for (const id of tick.waiting) log('warn', 'source.waiting', { source: id })
  for (const id of tick.stale) log('warn', 'source.stale', { source: id })
  for (const id of tick.failed) log('error', 'source.not-started', { source: id })
  log('info', 'tick.finished', {
    sources: tick.sources,
    due: tick.due.length,
    waiting: tick.waiting.length,
    stale: tick.stale.length,
    suspended: tick.suspended.length,
    held: tick.held.length,
    failing: tick.failing.length,
    queueDepth: tick.queueDepth,
    problems: tick.problems.length,
    maxLagMs: tick.maxLagMs,
  })
}

/** The state of the whole fleet, once a tick: a cost that does not grow with the number of sources. */
export function metricsOf(tick: Tick) {
  return {
    SourcesTotal: tick.sources,
    SourcesStale: tick.stale.length,
    SourcesSuspended: tick.suspended.length,
    MaxLagSeconds: tick.maxLagMs / 1000,
    HoldBackPercent: tick.holdBackPercent,
    DestinationsHeld: tick.held.length,
    DestinationsFailing: tick.failing.length,
    ConfigurationErrors: tick.problems.length,
  }
}
