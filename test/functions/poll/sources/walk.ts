import type { VendorLog } from '../../../../local/vendors/vendor.ts'
import type { SourceEvent } from '../../../../shared/contracts/event.ts'
import type { HttpRequest } from '../../../../shared/contracts/http.ts'
import type { AnySource, Page, Span } from '../../../../shared/contracts/source.ts'
import { toMs } from '../../../../shared/contracts/time.ts'

/** One source with its configuration, read in the plainest way: no ledger, no faults, nothing saved but the position. */
export class Walk {
  readonly found = new Map<string, SourceEvent>()
  readonly requests: HttpRequest[] = []
  /** Events read, repeats included. */
  read = 0
  position: unknown
  readonly #source: AnySource
  readonly #config: unknown
  readonly #secrets: Readonly<Record<string, string>>

  constructor(source: AnySource, settings: unknown, secrets: Readonly<Record<string, string>>) {
    this.#source = source
    this.#config = source.config.parse(settings)
    this.#secrets = secrets
  }

  /** Reads until everything before `span.to` is read. @returns the number of requests */
  run(log: VendorLog, span: Span, now: Date, pageSizes: readonly [number, ...number[]]): number {
    const before = this.requests.length
    do {
      this.position = this.#stored(this.#source.begin(this.position, span, this.#config))
      let more = true
      while (more) {
        const pageSize = pageSizes[this.requests.length % pageSizes.length] ?? pageSizes[0]
        more = this.#turn(log, now, pageSize)
        if (this.requests.length - before > 20_000) throw new Error('the walk does not end')
      }
    } while (toMs(this.#source.reached(this.position)) < toMs(span.to))
    return this.requests.length - before
  }

  #turn(log: VendorLog, now: Date, pageSize: number): boolean {
    const source = this.#source
    const request = source.request(this.position, this.#config, pageSize)
    const secrets = ({ secret }: { secret: string }) => this.#secrets[secret] ?? ''
    const authorized = {
      ...request,
      headers: { ...request.headers, ...source.authorize(request, this.#config, secrets, now) },
    }
    this.requests.push(authorized)
    const page: Page = source.parse(log.answer(authorized, now), this.#config)
    if (page.malformed.length > 0) throw new Error(`a record is malformed: ${page.malformed[0]?.problem}`)
    const step = source.advance(this.position, page, pageSize)
    const position = this.#stored(step.position)
    if (step.more && JSON.stringify(position) === JSON.stringify(this.position))
      throw new Error('the position stands still')
    this.position = position
    this.read += step.events.length
    for (const event of step.events) this.found.set(event.id, event)
    return step.more
  }

  /** As it comes back from the store. */
  #stored(position: unknown): unknown {
    return this.#source.position.parse(JSON.parse(JSON.stringify(position)))
  }
}
