import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { Timestamp } from '../../../../shared/contracts/event.ts'
import { floorTo, fromMs } from '../../../../shared/contracts/time.ts'
import { epochNanos } from '../epoch.ts'
import { oneLine } from '../one-line.ts'
import { pieces } from '../pieces.ts'
import { isWithin } from '../time-window.ts'
import { withRecord } from '../with-record.ts'

const DAY_MS = 86_400_000

/** Loki's default `creation_grace_period`. */
const FUTURE_MS = 600_000

/** A stream of a push request: its labels, and its entries with the oldest first. */
export interface Stream {
  readonly stream: Readonly<Record<string, string>>
  readonly values: readonly Entry[]
}

type Entry = [nanos: string, line: string, structuredMetadata?: Readonly<Record<string, string>>]

export interface StreamSettings {
  readonly labels: Readonly<Record<string, string>>
  readonly streams: 'hour' | 'source'
  readonly structuredMetadata: boolean
  /** In milliseconds. */
  readonly maxAge: number
  readonly maxLineBytes: number
}

/**
 * The streams of a delivery. Within a stream Loki takes nothing that is an hour older than its newest entry, so there is
 * one for each hour (docs/decisions/064-streams-by-the-hour.md). An event that is too old, or too far ahead, has the
 * beginning of today as its timestamp: so that all attempts of a day are the same entry.
 */
export function streamsOf(delivery: Delivery, settings: StreamSettings, now: Date): Stream[] {
  const entries = delivery.events.flatMap((event) => {
    const isTaken = isWithin({ pastMs: settings.maxAge, futureMs: FUTURE_MS }, event.time, now)
    const timestamp = isTaken ? event.time : floorTo(fromMs(now.getTime()), DAY_MS)
    const stream = {
      ...settings.labels,
      job: 'pollhook',
      source: delivery.source.id,
      ...((settings.streams === 'hour' || !isTaken) && { hour: hourOf(timestamp) }),
    }
    const values = entriesOf(event, delivery, epochNanos(timestamp), isTaken, settings)
    return values.map((value) => ({ stream, value }))
  })
  const byStream = Map.groupBy(entries, ({ stream }) => JSON.stringify(stream))
  return [...byStream.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return []
    const values = [first, ...more].map(({ value }) => value)
    return [{ stream: first.stream, values: values.toSorted(byTime) }]
  })
}

/** `2026-05-01T10` */
function hourOf(timestamp: Timestamp): string {
  return floorTo(timestamp, 3_600_000).slice(0, 13)
}

/** Entries of one instant keep their order. */
function byTime([a]: Entry, [b]: Entry): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

/** The entries that an event becomes: one, unless its line would be too long. */
function entriesOf(
  event: OutgoingEvent,
  { source }: Delivery,
  nanos: string,
  isTaken: boolean,
  { structuredMetadata, maxLineBytes }: StreamSettings,
): Entry[] {
  const { id, type, time, raw } = event
  if (!structuredMetadata) {
    return linesWithIds({ id, type, timestamp: time, source: source.id }, raw, maxLineBytes).map((line) => [
      nanos,
      line,
    ])
  }
  const metadata = { event_id: id, event_type: type, ...(!isTaken && { event_time: time }) }
  const parts = pieces(raw, maxLineBytes)
  return parts.map((line, index) => [
    nanos,
    line,
    parts.length === 1 ? metadata : { ...metadata, part: `${index + 1}`, parts: `${parts.length}` },
  ])
}

/** The record with what else there would be structured metadata for, as JSON. */
function linesWithIds(head: Readonly<Record<string, string>>, raw: string, maxLineBytes: number): string[] {
  const line = withRecord(head, 'data', oneLine(raw))
  if (Buffer.byteLength(line) <= maxLineBytes) return [line]
  // As text a piece takes up to twice its bytes; a kilobyte is for what stands around it.
  const parts = pieces(raw, Math.floor((maxLineBytes - 1_024) / 2))
  return parts.map((text, index) => JSON.stringify({ ...head, part: index + 1, parts: parts.length, text }))
}
