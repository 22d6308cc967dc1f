import { z } from 'zod'
import type { Delivery, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import { oneLine } from './one-line.ts'
import { withRecord } from './with-record.ts'

/**
 * What a receiver of lines gets of each event.
 *
 * - `envelope`: `{"id","type","timestamp","source","data"}`, the vendor's record in `data`
 * - `raw`: the vendor's record and nothing else, or the event in its normal form
 */
export type LineFormat = 'envelope' | 'raw'

/** The field `format` of a receiver of lines. @param preferred the default */
export function lineFormat(preferred: LineFormat) {
  return z
    .enum(['envelope', 'raw'])
    .default(preferred)
    .describe("`envelope`: each event with its id, type, time and source; `raw`: the vendor's record and nothing else")
}

/** An event as JSON on one line, without a line feed. The vendor's record is spliced in, so no number is rounded and no key moved. */
export function recordLine(format: LineFormat, { source }: Delivery, { id, type, time, raw }: OutgoingEvent): string {
  const record = oneLine(raw)
  if (format === 'raw') return record
  return withRecord({ id, type, timestamp: time, source: source.id }, 'data', record)
}

/** A line for each event of a delivery, each ended by a line feed. */
export function recordLines(format: LineFormat, delivery: Delivery): string {
  return delivery.events.map((event) => `${recordLine(format, delivery, event)}\n`).join('')
}
