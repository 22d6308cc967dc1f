import type { PollPorts } from '../../functions/poll/ports.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import { Fault, type FaultKind } from '../../shared/contracts/fault.ts'
import type { AnySource, Page, Step } from '../../shared/contracts/source.ts'
import type { Windowed } from '../../shared/contracts/window.ts'
import type { SourceState } from '../../shared/source-state.ts'
import type { Mutation } from './world.ts'

/** A deliberate mistake, and the subject on which it must show. */
export interface Mutant {
  readonly name: string
  readonly subject: string
  readonly source?: (source: AnySource) => AnySource
  readonly ports?: Mutation
}

type Position = Windowed<unknown>

/** The source with another way to advance. */
function advancing(change: (step: Step<never>, before: never) => Step<unknown>): (source: AnySource) => AnySource {
  return (source) => ({
    ...source,
    advance: (at, page, pageSize) => change(source.advance(at, page, pageSize) as Step<never>, at as never),
  })
}

/** The mistakes that other collectors make, and a few of our own. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the position is saved before the events are enqueued',
    subject: 'merge',
    ports: (ports) => {
      let held: (() => Promise<void>)[] = []
      const flush = async () => {
        for (const effect of held.splice(0)) await effect()
      }
      return {
        ...ports,
        outbox: { ...ports.outbox, send: async (messages) => void held.push(() => ports.outbox.send(messages)) },
        send: async (...args) => {
          await flush()
          return ports.send(...args)
        },
        leases: {
          acquire: async (...args) => {
            held = []
            const lease = await ports.leases.acquire(...args)
            if (lease === undefined) return undefined
            const release: typeof lease.release = async (change) => {
              await lease.release(change)
              await flush()
            }
            return { ...lease, release }
          },
        },
      }
    },
  },
  {
    name: 'the ledger learns of an event before the queue has it',
    subject: 'tines events, newest first',
    ports: (ports) => {
      let held: Parameters<PollPorts['outbox']['send']>[0] = []
      return {
        ...ports,
        outbox: {
          ...ports.outbox,
          send: async (messages) => {
            held = messages
          },
        },
        ledger: {
          ...ports.ledger,
          append: async (...args) => {
            await ports.ledger.append(...args)
            await ports.outbox.send(held)
          },
        },
      }
    },
  },
  {
    name: 'a queue that refuses is taken for one that accepts',
    subject: 'bloodhound',
    ports: (ports) => ({
      ...ports,
      outbox: { ...ports.outbox, send: async (messages) => ports.outbox.send(messages.slice(0, 1)) },
    }),
  },
  {
    name: 'nothing is remembered in the ledger',
    subject: 'merge',
    ports: (ports) => ({ ...ports, ledger: { load: async () => [], append: async () => {} } }),
  },
  {
    name: 'the watermark moves with the first page',
    subject: 'merge',
    source: (source) => ({
      ...source,
      advance: (at: Position, page: never, pageSize: number) => {
        const step = source.advance(at, page, pageSize) as Step<Position>
        return { ...step, position: { ...step.position, reached: at.window?.to ?? at.reached } }
      },
      begin: (saved: Position | undefined, span: never, config: never) =>
        source.begin(saved === undefined ? undefined : { reached: saved.reached }, span, config),
    }),
  },
  {
    name: 'the upper bound follows the clock while pages are turned',
    subject: 'bloodhound',
    source: (source) => ({
      ...source,
      begin: (saved: Position | undefined, span: { to: string }, config: never) => {
        const at = source.begin(saved, span as never, config) as Position
        return at.window === undefined ? at : { ...at, window: { ...at.window, to: span.to } }
      },
      request: (at: Position, config: never, pageSize: number) => {
        const late = at.window === undefined ? at : { ...at, window: { ...at.window, to: '2026-12-31T00:00:00.000Z' } }
        return source.request(late, config, pageSize)
      },
    }),
  },
  {
    name: 'a full page without a token is taken for the last',
    subject: 'polytomic without page tokens',
    source: advancing((step, before: Position) => ({
      ...step,
      position: { reached: before.window?.to ?? before.reached },
      more: false,
    })),
  },
  {
    name: 'the first page of an interval of ids closes it',
    subject: 'tines events, newest first',
    source: (source) => ({
      ...source,
      advance: (at: never, page: Page) => source.advance(at, { ...page, next: false } as Page, Number.MAX_SAFE_INTEGER),
    }),
  },
  {
    name: 'a short page is taken for the end of the log',
    subject: 'smartsheet',
    source: advancing((step) => ({ ...step, events: step.events.slice(0, 2) })),
  },
  {
    name: 'reading goes up to the clock, and never back',
    subject: 'tines audit_logs',
    source: (source) => ({
      ...source,
      begin: (saved: never, span: { to: string }, config: never) => {
        const to = new Date(Date.parse(span.to) + source.traits.settleMs).toISOString()
        return source.begin(saved, { ...span, to, overlapMs: 0 } as never, config)
      },
    }),
  },
  {
    name: 'the first event of every window is lost at the edge',
    subject: 'tines audit_logs',
    source: (source) => ({
      ...source,
      begin: (saved: Position | undefined, span: { overlapMs: number }, config: never) => {
        const at = source.begin(saved, { ...span, overlapMs: 0 } as never, config) as Position
        if (at.window === undefined || saved?.window !== undefined || saved === undefined) return at
        const from = new Date(Date.parse(at.window.from) + 3_000).toISOString()
        return { ...at, window: { ...at.window, from } }
      },
    }),
  },
  {
    name: 'only the first id of a page is remembered',
    subject: 'merge',
    ports: (ports) => ({
      ...ports,
      ledger: {
        load: async (sourceId, from, to) => {
          const chunks = await ports.ledger.load(sourceId, from, to)
          return chunks.map((chunk) => ({ ...chunk, ids: chunk.ids.subarray(0, 12) }))
        },
        append: (...args) => ports.ledger.append(...args),
      },
    }),
  },
  {
    name: 'a queue that accepted some is taken for one that accepted all',
    subject: 'merge',
    ports: (ports) => ({
      ...ports,
      outbox: { ...ports.outbox, send: (messages) => ports.outbox.send(messages).catch(passOver('queue-refused')) },
    }),
  },
  {
    name: 'ids are forgotten within minutes',
    subject: 'merge',
    ports: (ports) => ({
      ...ports,
      ledger: {
        load: (...args) => ports.ledger.load(...args),
        append: (sourceId, additions) =>
          ports.ledger.append(sourceId, additions, new Date(ports.now().getTime() + 120_000)),
      },
    }),
  },
  {
    name: 'our own clock is believed, whatever the vendor’s says',
    subject: 'bloodhound',
    ports: (ports) => ({
      ...ports,
      send: async (...args) => {
        const answer = await ports.send(...args)
        const { date: _, ...headers } = answer.headers
        return { ...answer, headers }
      },
    }),
  },
  {
    name: 'a changed configuration begins at the clock',
    subject: 'merge',
    ports: changing(({ lanes, ...state }, ports, { fingerprint }) => {
      const { live } = lanes
      if (live === undefined || live.fingerprint === fingerprint) return { ...state, lanes }
      const now = new Date(ports.now().getTime() + (state.health.clockSkewMs ?? 0)).toISOString()
      return { ...state, lanes: { ...lanes, live: { ...live, reached: now } } }
    }),
  },
  {
    name: 'a backfill of another configuration is dropped without a word',
    subject: 'tines events, newest first',
    ports: changing(({ lanes, ...state }, _, { fingerprint }) => ({
      ...state,
      lanes: Object.fromEntries(
        Object.entries(lanes).map(([name, lane]) => {
          const isDropped = name.startsWith('backfill') && lane.fingerprint !== fingerprint
          return [name, isDropped ? { ...lane, done: true } : lane]
        }),
      ),
    })),
  },
  {
    name: 'a backfill is done with its first page',
    subject: 'smartsheet',
    ports: changing(({ lanes, ...state }) => ({
      ...state,
      lanes: Object.fromEntries(
        Object.entries(lanes).map(([name, lane]) => [
          name,
          name.startsWith('backfill') && lane.pages > 0 ? { ...lane, done: true } : lane,
        ]),
      ),
    })),
  },
  {
    name: '"now" is when a run first lives to save it',
    subject: 'tines audit_logs',
    ports: changing((state) => ({ ...state, beganAt: undefined })),
  },
  {
    name: '"now" is by our own clock, whatever the vendor’s says',
    subject: 'merge',
    ports: changing(({ lanes, ...state }, ports) => {
      const entries = Object.entries(lanes).map(([name, { unconfirmed: _, ...lane }]) => [name, lane] as const)
      return { ...state, beganAt: state.beganAt && ports.now().toISOString(), lanes: Object.fromEntries(entries) }
    }),
  },
  {
    name: 'nothing is counted as enqueued',
    subject: 'smartsheet',
    ports: (ports) => ({
      ...ports,
      ledger: {
        load: (...args) => ports.ledger.load(...args),
        append: (sourceId, additions, expiresAt) => {
          const uncounted = [...additions].map(([hour, { ids }]) => [hour, { ids, queued: 0 }] as const)
          return ports.ledger.append(sourceId, new Map(uncounted), expiresAt)
        },
      },
    }),
  },
]

/** The state as another one, when a run takes the lease. */
function changing(
  change: (state: SourceState, ports: PollPorts, config: SourceConfig) => SourceState,
): (ports: PollPorts, config: SourceConfig) => PollPorts {
  return (ports, config) => ({
    ...ports,
    leases: {
      acquire: async (...args) => {
        const lease = await ports.leases.acquire(...args)
        return lease === undefined ? undefined : { ...lease, state: change(lease.state, ports, config) }
      },
    },
  })
}

/** Goes on as if a fault had not been. */
function passOver(kind: FaultKind): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Fault) || error.kind !== kind) throw error
  }
}
