import { z } from 'zod'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse, SecretRef } from '../../../shared/contracts/http.ts'
import { readRecords } from '../../../shared/contracts/records.ts'
import { secretRef } from '../../../shared/contracts/settings.ts'
import type { AnySource, Page, Source } from '../../../shared/contracts/source.ts'
import { timestamp } from '../../../shared/contracts/time.ts'
import { closeWindow, openOf, openWindow, turnPage, type Windowed, windowed } from '../../../shared/contracts/window.ts'

interface Answer extends Page {
  readonly next: number | null
}

type Position = Windowed<number>

/** The smallest source there can be: pages are numbered, `next` names the next one, 410 says that a number is no good. */
const counting: Source<{ key: SecretRef }, Position, Answer> = {
  type: 'counting',
  config: z.strictObject({ key: secretRef }),
  position: windowed(z.number()),
  traits: {
    settleMs: 30_000,
    overlapMs: 0,
    sweep: undefined,
    retentionMs: 86_400_000,
    requestsPerMinute: 5,
    pageSize: { initial: 4, least: 1 },
  },
  identity: () => ({}),
  begin: (saved, span) => openWindow(saved, span, () => 1, 3_600_000),
  reached: (at) => at.reached,
  request: (at, _, pageSize): HttpRequest => {
    const { from, to, pager } = openOf(at)
    const url = `https://vendor.example/log?page=${pager}&size=${pageSize}&from=${from}&to=${to}`
    return { method: 'GET', url, headers: {} }
  },
  authorize: (_, config, secrets) => ({ authorization: `Bearer ${secrets(config.key)}` }),
  parse: (response) => {
    const { document, events, malformed } = readRecords(response, {
      list: ['items'],
      document: z.object({ next: z.number().nullable() }),
      record: z.object({ id: z.string(), at: timestamp }),
      event: ({ id, at }) => ({ id, type: 'counted', time: at }),
    })
    return { events, malformed, next: document.next }
  },
  advance: (at, page) => ({
    events: page.events,
    position: page.next === null ? closeWindow(at) : turnPage(at, page.next),
    more: page.next !== null,
  }),
  rewind: (at) => (openOf(at).pager === 1 ? undefined : turnPage(at, 1)),
  classify: (response) => (response.status === 410 ? 'position-rejected' : undefined),
}

export const countingSource: AnySource = counting

/** An answer with records of these ids at these times. */
export function page(ids: readonly string[], next: number | null, at = '2026-05-01T09:59:00.000Z'): HttpResponse {
  return answer(200, JSON.stringify({ items: ids.map((id) => ({ id, at })), next }))
}

export function answer(status: number, body = '', headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body }
}

export function unreachable(): Fault {
  return new Fault('unreachable', 'Cannot reach vendor.example: found ECONNRESET, wanted an answer')
}
