import type { SimulatedVendor, VendorLog } from '../../../local/vendors/vendor.ts'
import { FAULTS } from '../../../shared/contracts/fault.ts'
import type { HttpResponse, Secrets } from '../../../shared/contracts/http.ts'
import type { AnySource, Page, Span } from '../../../shared/contracts/source.ts'

const MOST_REQUESTS = 20_000
const MOST_EQUAL_PAGES = 3

/** What a walk brought, every repeat included. */
export interface Found {
  /** The record's text by id. */
  readonly raws: Map<string, string>
  readonly malformed: number
  readonly gaps: unknown[]
  readonly requests: string[]
  readonly rejections: number
  readonly position: unknown
}

export interface WalkOptions {
  readonly span: Span
  readonly now: Date
  /** One for all requests, or by the number of requests made before. */
  readonly pageSize: number | ((requests: number) => number)
  readonly saved?: unknown
  /** Own fields of the source beyond the vendor's settings. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** Drives a source over a simulated vendor as the poller does, without a poller: every position is saved as text and read back. */
export function walk(source: AnySource, vendor: SimulatedVendor, log: VendorLog, options: WalkOptions): Found {
  const config = source.config.parse({ baseUrl: 'https://vendor.example', ...vendor.settings, ...options.fields })
  const secrets: Secrets = ({ secret }) => vendor.secrets[secret] ?? ''
  const found = { raws: new Map<string, string>(), malformed: 0, gaps: [] as unknown[], requests: [] as string[] }
  let rejections = 0
  let equalPages = 1
  let lastPage = ''
  let position = options.saved
  do {
    position = source.begin(position, options.span, config)
    for (let more = true; more; ) {
      const saved = source.position.parse(JSON.parse(JSON.stringify(position)))
      const pageSize = typeof options.pageSize === 'number' ? options.pageSize : options.pageSize(found.requests.length)
      const request = source.request(saved, config, pageSize)
      const headers = { ...request.headers, ...source.authorize(request, config, secrets, options.now) }
      if (found.requests.push(request.url) > MOST_REQUESTS) throw new Error('more requests than any walk needs')
      const response = log.answer({ ...request, headers }, options.now)
      if (response.status !== 200) {
        position = rewound(source, response, saved)
        rejections++
        continue
      }
      const page: Page = source.parse(response, config, saved)
      const step = source.advance(saved, page, pageSize)
      for (const event of step.events) found.raws.set(event.id, event.raw)
      found.malformed += page.malformed.length
      if (step.gap !== undefined) found.gaps.push(step.gap)
      more = step.more
      if (more && JSON.stringify(step.position) === JSON.stringify(saved)) throw new Error('more, and nothing moved')
      const text = page.events.map(({ id }) => id).join()
      equalPages = text !== '' && text === lastPage ? equalPages + 1 : 1
      if (equalPages === MOST_EQUAL_PAGES) throw new Error('the same page three times')
      lastPage = text
      position = step.position
    }
  } while (Date.parse(source.reached(position)) < Date.parse(options.span.to))
  return { ...found, rejections, position }
}

function rewound(source: AnySource, response: HttpResponse, at: unknown): unknown {
  const kind = source.classify?.(response, at)
  const position = kind !== undefined && FAULTS[kind].action === 'rewind' ? source.rewind(at) : undefined
  if (position === undefined) throw new Error(`status ${response.status}: ${response.body}`)
  return position
}

export const START = Date.parse('2026-05-01T00:00:00.000Z')
export const CROWD = START + 3 * 3_600_000 + 123

/**
 * Writes 1,000 events: 300 within one millisecond, 10 right at each end of the interval, the rest over twelve hours.
 *
 * @returns the records' texts by id
 */
export function writeThousand(log: VendorLog): Map<string, string> {
  const emitted = new Map<string, string>()
  const emit = (ms: number) => {
    const { id, raw } = log.emit(new Date(ms))
    emitted.set(id, raw)
  }
  for (let n = 0; n < 10; n++) emit(START)
  for (let n = 0; n < 340; n++) emit(START + 1 + n * 31_013)
  for (let n = 0; n < 300; n++) emit(CROWD)
  for (let n = 0; n < 340; n++) emit(CROWD + 1 + n * 61_007)
  for (let n = 0; n < 10; n++) emit(END - 1)
  return emitted
}

/** Where the interval of `writeThousand` ends: nothing was written at it or after it. */
export const END = START + 12 * 3_600_000

/** The whole interval as a bounded lane reads it: nothing outside its bounds helps to find what lies on them. */
export const WHOLE: Span = {
  from: new Date(START).toISOString(),
  to: new Date(END).toISOString(),
  overlapMs: 0,
  bounded: true,
}

export const SAME = { missing: [], altered: [], unknown: [] }

/** The ids of records that were not found, were found with another text, or were never written. */
export function difference(found: ReadonlyMap<string, string>, emitted: ReadonlyMap<string, string>) {
  const ids = [...emitted.keys()]
  return {
    missing: ids.filter((id) => !found.has(id)),
    altered: ids.filter((id) => found.has(id) && found.get(id) !== emitted.get(id)),
    unknown: [...found.keys()].filter((id) => !emitted.has(id)),
  }
}
