import type { PollPorts } from '../../functions/poll/ports.ts'
import type { Gap, MalformedRecord } from '../../shared/contracts/event.ts'
import type { SourceState } from '../../shared/source-state.ts'
import { MemoryGapStore } from '../fakes/gap-store.ts'
import { MemoryLedgerStore } from '../fakes/ledger-store.ts'
import { MemoryOutbox } from '../fakes/outbox.ts'
import { MemorySourceStates } from '../fakes/source-states.ts'
import { MemoryWalkStore } from '../fakes/walk-store.ts'

/** Everything outside a run, in memory: the fakes that pass the same contract suites as the adapters. */
export class MemoryStores {
  readonly states = new MemorySourceStates()
  #ledger = new MemoryLedgerStore()
  readonly #outbox = new MemoryOutbox()
  readonly #gaps = new MemoryGapStore()
  readonly walks = new MemoryWalkStore()

  async state(sourceId: string): Promise<SourceState | undefined> {
    return (await this.states.read([sourceId])).states.get(sourceId)
  }

  /** The raw texts of every event in the queue, by event id. */
  delivered(): Map<string, string[]> {
    const found = new Map<string, string[]>()
    for (const { id, raw } of this.#outbox.messages().flatMap(({ events }) => events)) {
      const texts = found.get(id)
      if (texts === undefined) found.set(id, [raw])
      else texts.push(raw)
    }
    return found
  }

  /** As if its table had been lost, or all of it had expired. */
  forgetLedger(): void {
    this.#ledger = new MemoryLedgerStore()
  }

  /** As DynamoDB does some time after rows have expired. */
  expireLedger(now: Date): void {
    this.#ledger.expire(now)
  }

  quarantined(): MalformedRecord['raw'][] {
    return this.#outbox.letters().map(({ body }) => body)
  }

  async gaps(sourceId: string): Promise<Gap[]> {
    return (await this.#gaps.list(sourceId)).map(({ from, to, reason }) => ({ from, to, reason }))
  }

  ports(): Pick<PollPorts, 'leases' | 'ledger' | 'outbox' | 'gaps' | 'walks'> {
    const { states: leases, walks } = this
    return { leases, ledger: this.#ledger, outbox: this.#outbox, gaps: this.#gaps, walks }
  }
}
