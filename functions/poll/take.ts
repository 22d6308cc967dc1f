import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Gap, MalformedRecord, SourceEvent, Timestamp } from '../../shared/contracts/event.ts'
import { earlier, toMs } from '../../shared/contracts/time.ts'
import { eventId, eventType } from '../../shared/event-id.ts'
import type { Lane } from '../../shared/source-state.ts'
import { cut } from './cut.ts'
import { LEDGER_MS } from './ledger.ts'
import type { ReadPage } from './pages.ts'
import type { Run } from './run.ts'

/** Where the ledger keeps what is no event of the vendor, so that the hours hold nothing but events. */
const NO_HOUR: Timestamp = '1970-01-01T00:00:00.000Z'

/**
 * Makes the events of a page safe: enqueue, ledger, position. The position is noted here, and saved by the caller.
 *
 * @throws Fault `queue-refused`, `store-unavailable`; then the position is not noted
 */
export async function takePage(run: Run, laneName: string, page: ReadPage): Promise<void> {
  const lane = run.lane(laneName)
  const mine = page.events.filter((event) => toMs(event.time) >= toMs(lane.from))
  const fresh = await run.ledger.unseen(mine.map((event) => outgoing(run.config, event)))
  await enqueue(run, fresh)
  await quarantine(run, page.malformed)
  if (page.gap !== undefined) await takeGap(run, page.gap)
  const past = run.past(laneName, page, mine.length, fresh.length)
  await keepFinished(run, laneName, past)
  run.turnPage(laneName, past, mine.length, fresh.length)
}

/** That a bounded lane has come to its end is kept before it is saved, from which on nobody would come back to it. */
async function keepFinished(run: Run, laneName: string, past: Lane): Promise<void> {
  const { done, from, to, fingerprint, found, enqueued } = past
  if (!done || to === undefined) return
  const walk = { lane: laneName, from, to, fingerprint, at: run.now().toISOString(), found, enqueued }
  await run.ports.walks.record(run.config.id, walk, new Date(run.now().getTime() + LEDGER_MS))
}

/** The queue first, then the ledger: never the other way round. */
async function enqueue(run: Run, events: readonly OutgoingEvent[]): Promise<void> {
  const messages = cut(events, { id: run.config.id, type: run.config.type }, run.routes)
  await run.ports.outbox.send(messages)
  const queued = messages.flatMap((message) => message.events.map(({ id }) => id))
  await run.ledger.add(events, new Set(queued), run.now())
}

/**
 * A gap is stored, the alarm is raised, and it is told to every destination, once: before the ledger can say that it was.
 * What a source tells of a single record may reach a little ahead of the clock, as it has none.
 *
 * @throws Fault `queue-refused`, `store-unavailable`
 */
export async function takeGap(run: Run, found: Gap): Promise<void> {
  const gap = found.record === undefined ? found : { ...found, to: earlier(found.to, run.vendorNow().toISOString()) }
  await run.ports.gaps.record(run.config.id, gap, run.now())
  const event = gapEvent(run.config, gap)
  const mark = { ...event, time: NO_HOUR }
  if ((await run.ledger.unseen([mark])).length === 0) return
  run.tellGap(gap)
  await run.ports.outbox.send(cut([event], { id: run.config.id, type: run.config.type }, run.routes))
  await run.ledger.add([mark], new Set(), run.now())
}

/**
 * The vendor refuses a lane's position, and the source has no way back. The live lane keeps it and tries again, in case it was the
 * vendor's mistake; what happened up to the first refusal may be out of reach, and that is said now. A backfill ends there, and so does
 * a sweep, which the next one makes good: else it would hold up the source for ever.
 *
 * @throws Fault `queue-refused`, `store-unavailable`
 */
export async function takeRejection(run: Run, laneName: string): Promise<void> {
  const lane = run.lane(laneName)
  const { fault } = run.health
  const refusedAt = fault?.kind === 'position-rejected' ? fault.since : run.vendorNow().toISOString()
  if (laneName !== 'sweep') {
    const gap = { from: lane.reached ?? lane.from, to: lane.to ?? refusedAt, reason: 'position-rejected' } as const
    if (toMs(gap.from) < toMs(gap.to)) await takeGap(run, gap)
  }
  if (lane.to !== undefined) run.note(laneName, { ...lane, done: true })
}

/** A record that cannot be an event is kept, once, where a person can look at it; its page goes on. */
async function quarantine(run: Run, records: readonly MalformedRecord[]): Promise<void> {
  const known = new Map(records.map((record) => [eventId(run.config.id, `malformed/${record.raw}`), record]))
  const marks = [...known].map(([id, { raw }]) => ({ id, type: 'pollhook.malformed', time: NO_HOUR, raw }))
  const fresh = await run.ledger.unseen(marks)
  const wanted = fresh.flatMap(({ id }) => known.get(id) ?? [])
  if (wanted.length === 0) return
  await run.ports.outbox.quarantine(run.config.id, wanted)
  await run.ledger.add(fresh, new Set(), run.now())
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
function gapEvent(config: SourceConfig, { from, to, reason, record }: Gap): OutgoingEvent {
  return {
    id: eventId(config.id, `gap/${reason}/${record === undefined ? `${from}/${to}` : `record/${record}`}`),
    type: 'pollhook.gap',
    time: to,
    raw: JSON.stringify({ source: config.id, from, to, reason, record }),
  }
}
