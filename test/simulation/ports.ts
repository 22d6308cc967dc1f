import type { Lease, PollPorts } from '../../functions/poll/ports.ts'

/** Where a run can be interrupted: at the border of every effect, before it happens and after it has happened. */
export type Step =
  | 'acquire'
  | 'fetch'
  | 'ledger-load'
  | 'enqueue'
  | 'quarantine'
  | 'ledger-append'
  | 'gap'
  | 'walk'
  | 'save'
  | 'release'
  | 'secrets'

export type Moment = 'before' | 'after'

/** May throw (the process dies), or wait (the process is paused). */
export type Interrupt = (step: Step, moment: Moment) => Promise<void>

/** The process that runs poll() is gone: nothing it tries has an effect any more. */
export class Killed extends Error {}

/** How many of n things take effect, and how the run learns that it was not all of them; undefined for all. */
export type Part = (n: number) => { readonly some: number; readonly error: Error } | undefined

/** The ports as one run sees them: interrupted at every border, and an effect on many things may happen to only some of them. */
export function interrupted(ports: PollPorts, at: Interrupt, part: Part): PollPorts {
  const around = async <T>(step: Step, effect: () => Promise<T>): Promise<T> => {
    await at(step, 'before')
    const result = await effect()
    await at(step, 'after')
    return result
  }
  const wrapLease = (lease: Lease): Lease => ({
    state: lease.state,
    save: (change) => around('save', () => lease.save(change)),
    release: (change) => around('release', () => lease.release(change)),
  })
  return {
    ...ports,
    leases: {
      acquire: async (...args) => {
        const lease = await around('acquire', () => ports.leases.acquire(...args))
        return lease === undefined ? undefined : wrapLease(lease)
      },
    },
    ledger: {
      load: (...args) => around('ledger-load', () => ports.ledger.load(...args)),
      append: (sourceId, additions, expiresAt) =>
        around('ledger-append', async () => {
          const cut = part(additions.size)
          await ports.ledger.append(sourceId, new Map([...additions].slice(0, cut?.some)), expiresAt)
          if (cut !== undefined) throw cut.error
        }),
    },
    outbox: {
      send: (messages) =>
        around('enqueue', async () => {
          const cut = part(messages.length)
          await ports.outbox.send(messages.slice(0, cut?.some))
          if (cut !== undefined) throw cut.error
        }),
      quarantine: (...args) => around('quarantine', () => ports.outbox.quarantine(...args)),
    },
    gaps: { record: (...args) => around('gap', () => ports.gaps.record(...args)) },
    walks: { record: (...args) => around('walk', () => ports.walks.record(...args)) },
    secrets: { read: (...args) => around('secrets', () => ports.secrets.read(...args)) },
    send: (...args) => around('fetch', () => ports.send(...args)),
  }
}
