import type { z } from 'zod'
import type { MalformedRecord, SourceEvent } from './event.ts'
import { Fault } from './fault.ts'
import type { HttpResponse } from './http.ts'
import { rawElements, rawValue } from './json.ts'
import { asTimestamp } from './time.ts'

/** What an answer must look like, in the vendor's words. */
export interface Shape<Document, RecordValue> {
  /** Where the list of records is: `['data', 'logs']`; `[]` when the document is the list. */
  readonly list: readonly string[]
  /** True where the vendor documents a null list as an empty one. */
  readonly listMayBeNull?: boolean
  /** The document without its records: paging fields. Unknown keys must pass. */
  readonly document: z.ZodType<Document>
  /** The fields of a record that pollhook reads. Unknown keys must pass. */
  readonly record: z.ZodType<RecordValue>
  /** Names the event; `raw` is the record's own text, for `exactId`. Its time may be in any form that is a date. */
  readonly event: (record: RecordValue, raw: string) => Omit<SourceEvent, 'raw'>
}

/**
 * Takes a list answer apart: the checked document, and each record with its own text.
 *
 * @throws Fault `unexpected-answer` when the body is not JSON, the list is missing, or the document has another shape.
 *   A broken record does not throw: it is returned as malformed, so that its page goes on.
 */
export function readRecords<Document, RecordValue>(
  response: HttpResponse,
  shape: Shape<Document, RecordValue>,
): { document: Document; events: SourceEvent[]; malformed: MalformedRecord[] } {
  const value = parseJson(response)
  const document = shape.document.safeParse(value)
  if (!document.success) throw unexpected(response, `a document with another shape: ${problemOf(document.error)}`)
  const list = shape.list.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value)
  if (list === null && shape.listMayBeNull) return { document: document.data, events: [], malformed: [] }
  if (!Array.isArray(list)) throw unexpected(response, `no list at ${shape.list.join('.') || 'the top'}`)

  const events: SourceEvent[] = []
  const malformed: MalformedRecord[] = []
  const texts = rawElements(response.body, shape.list) ?? []
  for (const [index, raw] of texts.entries()) {
    const record = shape.record.safeParse(list[index])
    if (!record.success) {
      malformed.push({ raw, problem: problemOf(record.error) })
      continue
    }
    const event = shape.event(record.data, raw)
    const time = asTimestamp(event.time)
    if (time === undefined) malformed.push({ raw, problem: 'its time is not a date' })
    else events.push({ ...event, time, raw })
  }
  return { document: document.data, events, malformed }
}

/** An id as text. An integer that a double rounds is read from the record's own digits. */
export function exactId(value: string | number, raw: string, key: string): string {
  if (typeof value === 'string') return value
  return Number.isSafeInteger(value) ? String(value) : (rawValue(raw, [key]) ?? String(value))
}

/** @throws Fault `unexpected-answer` when the body is no JSON */
export function parseJson(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body)
  } catch {
    const type = response.headers['content-type'] ?? 'no content type'
    throw unexpected(response, `${response.body.length} characters of ${type} that are not JSON`)
  }
}

function unexpected(response: HttpResponse, found: string): Fault {
  const text = `Cannot read the vendor's answer: found ${found}, wanted a JSON list of records`
  return new Fault('unexpected-answer', text, { status: response.status })
}

/** The first problem as "path: text"; zod's texts name types and keys, never values. */
function problemOf(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue === undefined ? 'unknown' : `${issue.path.join('.') || 'the value'}: ${issue.message}`
}
