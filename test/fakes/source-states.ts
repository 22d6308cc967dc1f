import { readState, type StateChange } from '../../shared/aws/source-item.ts'
import type { HeldLease } from '../../shared/aws/source-lease.ts'
import type { SourceStates, StatesRead } from '../../shared/aws/source-state.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { Lane, SourceState } from '../../shared/source-state.ts'
import { effect, type Interrupt } from './interrupt.ts'

interface Stored {
  owner: string | undefined
  leaseUntil: string | undefined
  fence: number
  paused: boolean
  beganAt: string | undefined
  /** JSON texts by attribute: `health` and `lane#<name>`. */
  readonly texts: Map<string, string>
}

/**
 * The states of sources in memory, as text, so that nothing is shared with the caller.
 *
 * Effects: `acquire`, `save`, `release`, `pause`, `edit`, `add-lane`.
 */
export class MemorySourceStates implements SourceStates {
  readonly #items = new Map<string, Stored>()
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async acquire(sourceId: string, owner: string, now: Date, until: Date): Promise<HeldLease | undefined> {
    const fence = effect(this.#interrupt, 'acquire', () => {
      const item = this.#item(sourceId)
      if (!isFree(item, now)) return undefined
      item.owner = owner
      item.beganAt ??= now.toISOString()
      item.leaseUntil = until.toISOString()
      return ++item.fence
    })
    if (fence === undefined) return undefined
    const write = (change: StateChange, isRelease: boolean) => {
      const item = this.#item(sourceId)
      const isMine = item.owner === owner && item.fence === fence && (isRelease || item.leaseUntil !== undefined)
      if (!isMine) throw new Fault('lease-lost', `Cannot save the state of source ${sourceId}: found its lease lost`)
      apply(change, item)
      if (isRelease) item.leaseUntil = undefined
    }
    try {
      return {
        state: this.#read(sourceId, this.#item(sourceId)),
        save: async (change) => effect(this.#interrupt, 'save', () => write(change, false)),
        release: async (change) => effect(this.#interrupt, 'release', () => write(change, true)),
      }
    } catch (error) {
      write({}, true)
      throw error
    }
  }

  async read(sourceIds: readonly string[]): Promise<StatesRead> {
    const read = { states: new Map<string, SourceState>(), unreadable: new Map<string, Fault>() }
    for (const sourceId of sourceIds) {
      const item = this.#items.get(sourceId)
      if (item === undefined) continue
      try {
        read.states.set(sourceId, this.#read(sourceId, item))
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        read.unreadable.set(sourceId, error)
      }
    }
    return read
  }

  async setPaused(sourceId: string, paused: boolean): Promise<void> {
    effect(this.#interrupt, 'pause', () => {
      this.#item(sourceId).paused = paused
    })
  }

  async edit(sourceId: string, change: StateChange, now: Date): Promise<boolean> {
    return effect(this.#interrupt, 'edit', () => {
      const item = this.#item(sourceId)
      if (!isFree(item, now)) return false
      item.owner = undefined
      item.leaseUntil = undefined
      item.fence++
      apply(change, item)
      return true
    })
  }

  async addLane(sourceId: string, name: string, lane: Lane): Promise<boolean> {
    return effect(this.#interrupt, 'add-lane', () => {
      const { texts } = this.#item(sourceId)
      if (texts.has(`lane#${name}`)) return false
      texts.set(`lane#${name}`, JSON.stringify(lane))
      return true
    })
  }

  /** Replaces the stored text of `health` or `lane#<name>`. */
  corrupt(sourceId: string, attribute: string, text: string): void {
    this.#item(sourceId).texts.set(attribute, text)
  }

  #read(sourceId: string, { leaseUntil, paused, beganAt, texts }: Stored): SourceState {
    return readState(sourceId, {
      ...(beganAt !== undefined && { beganAt: { S: beganAt } }),
      ...(leaseUntil !== undefined && { leaseUntil: { S: leaseUntil } }),
      paused: { BOOL: paused },
      ...Object.fromEntries([...texts].map(([attribute, text]) => [attribute, { S: text }])),
    })
  }

  #item(sourceId: string): Stored {
    const item = this.#items.get(sourceId) ?? {
      owner: undefined,
      leaseUntil: undefined,
      fence: 0,
      paused: false,
      beganAt: undefined,
      texts: new Map(),
    }
    this.#items.set(sourceId, item)
    return item
  }
}

function isFree({ leaseUntil }: Stored, now: Date): boolean {
  return leaseUntil === undefined || leaseUntil < now.toISOString()
}

function apply({ lanes = {}, health }: StateChange, { texts }: Stored): void {
  for (const [name, lane] of Object.entries(lanes)) {
    if (lane === undefined) texts.delete(`lane#${name}`)
    else texts.set(`lane#${name}`, JSON.stringify(lane))
  }
  if (health !== undefined) texts.set('health', JSON.stringify(health))
}
