import type { GapStore, Lease, Leases, LedgerStore, Outbox, PollPorts } from '../../functions/poll/ports.ts'
import type { Gap, MalformedRecord } from '../../shared/contracts/event.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { decode, encode, type Message } from '../../shared/message.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'

/** Everything outside a run, in memory: state, ledger, queue, gaps. Values go through text, as they do outside. */
export class MemoryStores {
  readonly #states = new Map<string, { text: string; owner: string; fence: number }>()
  readonly #ledger = new Map<string, Uint8Array[]>()
  readonly #queue: string[] = []
  readonly quarantined: MalformedRecord[] = []
  readonly gaps: Gap[] = []

  state(sourceId: string): SourceState | undefined {
    const row = this.#states.get(sourceId)
    return row === undefined ? undefined : (JSON.parse(row.text) as SourceState)
  }

  /** The raw texts of every event in the queue, by event id. */
  delivered(): Map<string, string[]> {
    const found = new Map<string, string[]>()
    for (const text of this.#queue) {
      const message = decode(text)
      if (!('events' in message)) throw new TypeError('There are no claims in memory')
      for (const { id, raw } of message.events) found.set(id, [...(found.get(id) ?? []), raw])
    }
    return found
  }

  ports(): Pick<PollPorts, 'leases' | 'ledger' | 'outbox' | 'gaps'> {
    return { leases: this.#leases(), ledger: this.#ledgerStore(), outbox: this.#outbox(), gaps: this.#gapStore() }
  }

  #leases(): Leases {
    return {
      acquire: async (sourceId, owner, now, until) => {
        const state = this.state(sourceId) ?? NEW_STATE
        if (state.leaseUntil !== undefined && state.leaseUntil >= now.toISOString()) return undefined
        const fence = (this.#states.get(sourceId)?.fence ?? 0) + 1
        this.#write(sourceId, { ...state, leaseUntil: until.toISOString() }, owner, fence)
        return this.#lease(sourceId, state, owner, fence)
      },
    }
  }

  #lease(sourceId: string, state: SourceState, owner: string, fence: number): Lease {
    const save: Lease['save'] = async ({ lanes = {}, health }) => {
      const row = this.#states.get(sourceId)
      if (row?.fence !== fence || row.owner !== owner)
        throw new Fault('lease-lost', `Cannot save ${sourceId}: taken over`)
      const before = JSON.parse(row.text) as SourceState
      this.#write(
        sourceId,
        { ...before, lanes: { ...before.lanes, ...definedOf(lanes) }, health: health ?? before.health },
        owner,
        fence,
      )
    }
    const release: Lease['release'] = async (change) => {
      await save(change)
      this.#write(sourceId, { ...(this.state(sourceId) ?? NEW_STATE), leaseUntil: undefined }, owner, fence)
    }
    return { state, save, release }
  }

  #write(sourceId: string, state: SourceState, owner: string, fence: number): void {
    this.#states.set(sourceId, { text: JSON.stringify(state), owner, fence })
  }

  #ledgerStore(): LedgerStore {
    return {
      load: async (sourceId, from, to) =>
        [...this.#ledger].flatMap(([key, chunks]) => {
          const [owner, bucket = ''] = key.split(' ')
          return owner === sourceId && bucket >= from && bucket <= to ? chunks.map((ids) => ({ bucket, ids })) : []
        }),
      append: async (sourceId, additions) => {
        for (const [bucket, ids] of additions) {
          const key = `${sourceId} ${bucket}`
          this.#ledger.set(key, [...(this.#ledger.get(key) ?? []), ids])
        }
      },
    }
  }

  #outbox(): Outbox {
    return {
      send: async (messages: readonly Message[]) => {
        for (const message of messages) this.#queue.push(encode(message))
      },
      quarantine: async (_, records) => {
        this.quarantined.push(...records)
      },
    }
  }

  #gapStore(): GapStore {
    return {
      record: async (_, gap) => {
        this.gaps.push(gap)
      },
    }
  }
}

function definedOf<T>(lanes: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(lanes).filter((entry): entry is [string, T] => entry[1] !== undefined))
}
