import { fingerprint } from '../../shared/config/fingerprint.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { Gap, MalformedRecord, SourceEvent, Timestamp } from '../../shared/contracts/event.ts'
import { FAULTS, Fault } from '../../shared/contracts/fault.ts'
import type { Page, Span, Step } from '../../shared/contracts/source.ts'
import { toMs } from '../../shared/contracts/time.ts'
import type { Lane } from '../../shared/source-state.ts'
import type { FetchPage } from './fetch-page.ts'

/** A page that was read, with everything that is saved once its events are safe. */
export interface ReadPage {
  readonly events: readonly SourceEvent[]
  readonly malformed: readonly MalformedRecord[]
  readonly gap: Gap | undefined
  readonly position: unknown
  readonly reached: Timestamp
  /** Records asked for; smaller than the source's own size after a page that was too big or too slow. */
  readonly pageSize: number
  /** True when the span is read to its end. */
  readonly last: boolean
}

/** This many equal pages in a row, none of them empty, are a vendor that does not turn the page. */
const MAX_EQUAL_PAGES = 3

/** So many records in a row may be passed over because they are too large. */
const MAX_PASSED_OVER = 3

/** What is known of a page that is too large to be read. */
const EMPTY: Page = { events: [], malformed: [] }

/**
 * Reads a lane from its position to the end of the span, page by page. Break to stop: the position of the last page taken
 * is all that is needed to go on.
 *
 * @param mayRetry whether there is time to ask for a page once more, in a smaller size
 * @throws Fault of the fetch, or `stuck` when the vendor says "more" and nothing moves, or `position-unreadable`
 */
export async function* pages(
  config: SourceConfig,
  lane: Lane,
  span: Span,
  fetch: FetchPage,
  mayRetry = () => true,
): AsyncGenerator<ReadPage> {
  const { source, own } = config
  const walker = new Walker(config, fetch, mayRetry, firstPageSize(config, lane))
  let position: unknown = restore(config, lane)
  do {
    position = source.begin(position, span, own)
    let more = true
    while (more) {
      const { page, step } = await walker.turn(position)
      ;({ position, more } = step)
      const reached = source.reached(position)
      const last = !more && toMs(reached) >= toMs(span.to)
      const { pageSize } = walker
      yield { events: step.events, malformed: page.malformed, gap: step.gap, position, reached, pageSize, last }
    }
  } while (toMs(source.reached(position)) < toMs(span.to))
}

/** Turns one page at a time, and sees to it that something moves. */
class Walker {
  readonly #config: SourceConfig
  readonly #fetch: FetchPage
  readonly #mayRetry: () => boolean
  /** Positions of this walk: a vendor whose tokens lead in a circle would be read for ever. */
  readonly #visited = new Set<string>()
  #lastPage = ''
  #equalPages = 1
  /** Records passed over since the last page. */
  #passedOver = 0
  pageSize: number

  constructor(config: SourceConfig, fetch: FetchPage, mayRetry: () => boolean, pageSize: number) {
    this.#config = config
    this.#fetch = fetch
    this.#mayRetry = mayRetry
    this.pageSize = pageSize
  }

  async turn(position: unknown): Promise<{ page: Page; step: Step<unknown> }> {
    const { page, from, step } = await this.#pageFrom(position)
    this.#visited.add(fingerprint(from))
    if (step.more && this.#visited.has(fingerprint(step.position))) {
      throw new Fault(
        'stuck',
        'Cannot turn the page: found "more" with a position that was read before, wanted a new one',
      )
    }
    this.#checkRepeats(page)
    return { page, step }
  }

  /** Fetches; goes around what the source has a way around: a page too big or slow, a token that no longer works. */
  async #pageFrom(position: unknown): Promise<{ page: Page; from: unknown; step: Step<unknown> }> {
    const { source } = this.#config
    const { least } = source.traits.pageSize
    let from = position
    for (;;) {
      try {
        const page = await this.#fetch(from, this.pageSize)
        this.#passedOver = 0
        return { page, from, step: source.advance(from, page, this.pageSize) }
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        const { action } = FAULTS[error.kind]
        if (action === 'shrink' && this.pageSize > least) {
          if (!this.#mayRetry()) throw error
          this.pageSize = Math.max(least, Math.floor(this.pageSize / 2))
        } else if (error.kind === 'too-large' && isOk(error.status)) {
          return { page: EMPTY, from, step: this.#around(from) ?? raise(error) }
        } else if (action === 'rewind' && from === position) {
          from = source.rewind(position) ?? raise(error)
          this.#visited.clear()
        } else {
          throw error
        }
      }
    }
  }

  /**
   * The way around a record that is too large by itself. A vendor that answers everything with too much would have every record passed
   * over, so it has to give another answer now and then.
   */
  #around(from: unknown): Step<unknown> | undefined {
    const step = this.#config.source.around?.(from, this.pageSize)
    if (step?.gap === undefined) return step && { ...step, events: [] }
    if (++this.#passedOver > MAX_PASSED_OVER) return undefined
    this.pageSize = this.#config.source.traits.pageSize.initial
    return { ...step, events: [] }
  }

  #checkRepeats(page: Page): void {
    const text = page.events.map((event) => event.id).join('\n')
    this.#equalPages = text !== '' && text === this.#lastPage ? this.#equalPages + 1 : 1
    this.#lastPage = text
    if (this.#equalPages >= MAX_EQUAL_PAGES) {
      throw new Fault(
        'stuck',
        `Cannot turn the page: found the same page ${MAX_EQUAL_PAGES} times, wanted the next one`,
      )
    }
  }
}

/** A lane whose page had to be made smaller grows back by one doubling each run. */
function firstPageSize(config: SourceConfig, lane: Lane): number {
  const { initial } = config.source.traits.pageSize
  return lane.pageSize === undefined ? initial : Math.min(initial, lane.pageSize * 2)
}

function restore(config: SourceConfig, lane: Lane): unknown {
  if (lane.position === undefined) return undefined
  const position = config.source.position.safeParse(lane.position)
  if (position.success) return position.data
  const place = position.error.issues[0]?.path.join('.') || 'the whole of it'
  const text = `Cannot continue source ${config.id} as its saved position does not fit: the problem is at ${place}`
  throw new Fault('position-unreadable', `${text}; wanted a position of type ${config.type}`)
}

/** Whether the answer that was too large was the page that had been asked for, and not a refusal. */
function isOk(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300
}

function raise(error: Error): never {
  throw error
}
