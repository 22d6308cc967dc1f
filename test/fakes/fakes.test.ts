import { describe, expect, test } from 'vitest'
import { gapStoreContract } from '../contracts/gap-store.ts'
import { ledgerStoreContract } from '../contracts/ledger-store.ts'
import { messageOf, outboxContract } from '../contracts/outbox.ts'
import { secretStoreContract } from '../contracts/secret-store.ts'
import { stateStoreContract } from '../contracts/state-store.ts'
import { walkStoreContract } from '../contracts/walk-store.ts'
import { MemoryGapStore } from './gap-store.ts'
import { MemoryLedgerStore } from './ledger-store.ts'
import { MemoryOutbox } from './outbox.ts'
import { MemorySecretStore } from './secret-store.ts'
import { MemorySourceStates } from './source-states.ts'
import { MemoryWalkStore } from './walk-store.ts'

describe('MemorySourceStates', () => {
  stateStoreContract(async () => {
    const states = new MemorySourceStates()
    return { states, corrupt: async (...args) => states.corrupt(...args) }
  })
})

describe('MemoryLedgerStore', () => {
  ledgerStoreContract(async () => new MemoryLedgerStore())
})

describe('MemoryGapStore', () => {
  gapStoreContract(async () => new MemoryGapStore())
})

describe('MemoryWalkStore', () => {
  walkStoreContract(async () => new MemoryWalkStore())
})

describe('MemoryOutbox', () => {
  outboxContract(async () => {
    const outbox = new MemoryOutbox()
    return {
      outbox,
      delivery: async () => outbox.queue,
      deadLetters: async () => outbox.deadLetterQueue,
      claim: (key) => outbox.claims.read(key),
    }
  })

  test('messages() resolves claims and letters() reads letters', async () => {
    const outbox = new MemoryOutbox()
    const large = messageOf(1, JSON.stringify('x'.repeat(1_100_000)))
    await outbox.send([large])
    await outbox.quarantine('prod', [{ raw: '{}', problem: 'no id' }])
    expect(outbox.messages()).toEqual([large])
    expect(outbox.letters()).toHaveLength(1)
  })
})

describe('MemorySecretStore', () => {
  secretStoreContract(async () => {
    const secrets = new MemorySecretStore()
    return {
      secrets,
      set: async (name, value) => {
        secrets.values.set(name, value)
      },
    }
  })
})

describe('an interrupted effect', () => {
  const stopAt = (wanted: string) => (step: string) => {
    if (step === wanted) throw new Error('crash')
  }

  test('has not happened when it was interrupted before', async () => {
    const outbox = new MemoryOutbox(stopAt('enqueue:before'))
    await expect(outbox.send([messageOf(1)])).rejects.toThrow('crash')
    expect(outbox.queue).toHaveLength(0)
  })

  test('has happened when it was interrupted after', async () => {
    const outbox = new MemoryOutbox(stopAt('enqueue:after'))
    await expect(outbox.send(Array.from({ length: 25 }, (_, number) => messageOf(number)))).rejects.toThrow('crash')
    expect(outbox.queue).toHaveLength(10)
  })

  test('of a lease leaves it held', async () => {
    const states = new MemorySourceStates(stopAt('acquire:after'))
    const [now, until] = [new Date('2026-05-01T12:00:00Z'), new Date('2026-05-01T12:05:00Z')]
    await expect(states.acquire('prod', 'a', now, until)).rejects.toThrow('crash')
    expect((await states.read(['prod'])).states.get('prod')?.leaseUntil).toBe('2026-05-01T12:05:00.000Z')
  })

  test('of a ledger leaves the buckets that were written', async () => {
    let steps = 0
    const ledger = new MemoryLedgerStore((step) => {
      if (step === 'ledger-append:before' && ++steps === 2) throw new Error('crash')
    })
    const additions = new Map(
      ['2026-05-01T00:00:00.000Z', '2026-05-01T01:00:00.000Z'].map(
        (bucket) => [bucket, { ids: Buffer.alloc(12), queued: 1 }] as const,
      ),
    )
    await expect(ledger.append('prod', additions, new Date())).rejects.toThrow('crash')
    expect(await ledger.load('prod', '2026-05-01T00:00:00.000Z', '2026-05-02T00:00:00.000Z')).toHaveLength(1)
  })
})
