import { describe, expect, it } from 'vitest'
import { opened, throttled } from '../../../functions/deliver/circuit.ts'
import { Circuits } from '../../../functions/deliver/circuits.ts'
import { type Circuit, CLOSED } from '../../../shared/circuit.ts'
import { MemoryCircuitStore } from '../../fakes/circuit-store.ts'

const START = Date.parse('2026-05-01T10:00:00Z')

function world() {
  const store = new MemoryCircuitStore()
  const clock = { ms: START }
  const now = () => new Date(clock.ms)
  const environment = () => new Circuits(store, now)
  const open = (circuit: Circuit) => opened(circuit, 'the receiver answered 401', 'm1', now())
  return { store, clock, now, environment, open }
}

describe('Circuits.enter()', () => {
  it('lets everything pass a closed circuit, with one read in ten seconds and no write', async () => {
    const { store, clock, environment } = world()
    const circuits = environment()
    for (let n = 0; n < 100; n++) {
      const passages = await Promise.all(Array.from({ length: 10 }, () => circuits.enter('soc', 'm2')))
      expect(passages.map(({ pass }) => pass)).toEqual(Array(10).fill('free'))
      clock.ms += 99
    }
    expect([store.reads, store.saves]).toEqual([1, 0])
    clock.ms = START + 10_000
    await circuits.enter('soc', 'm2')
    expect(store.reads).toBe(2)
  })

  it('makes everything wait at an open circuit until a probe is due', async () => {
    const { clock, environment, open } = world()
    await environment().update('soc', open)
    const circuits = environment()
    clock.ms += 119_999
    expect((await circuits.enter('soc', 'm2')).pass).toBe('wait')
    clock.ms += 1
    expect((await circuits.enter('soc', 'm2')).pass).toBe('probe')
    expect((await circuits.enter('soc', 'm2')).pass).toBe('wait')
  })

  it('has exactly one probe among all that ask, in all functions', async () => {
    const { clock, environment, open } = world()
    await environment().update('soc', open)
    const functions = Array.from({ length: 20 }, environment)
    await Promise.all(functions.map((circuits) => circuits.enter('soc', 'm2')))
    for (const probes of [1, 2, 3]) {
      clock.ms += 15 * 60_000
      const asked = functions.flatMap((circuits) => Array.from({ length: 10 }, () => circuits.enter('soc', 'm2')))
      const passages = await Promise.all(asked)
      expect(passages.filter(({ pass }) => pass === 'probe')).toHaveLength(1)
      expect(passages.filter(({ pass }) => pass === 'free')).toEqual([])
      expect(passages.find(({ pass }) => pass === 'probe')?.circuit.open?.probes).toBe(probes)
    }
  })

  it('lets a message pass when the circuit has closed unseen meanwhile', async () => {
    const { clock, environment, open } = world()
    const [first, second] = [environment(), environment()]
    await first.update('soc', open)
    await second.enter('soc', 'm2')
    await first.update('soc', () => CLOSED)
    clock.ms += 9_000
    expect((await second.enter('soc', 'm2')).pass).toBe('wait')
    clock.ms += 120_000
    expect((await second.enter('soc', 'm2')).pass).toBe('free')
  })

  it('makes even a probe wait while the receiver asked everybody to', async () => {
    const { clock, environment, open } = world()
    const circuits = environment()
    await circuits.update('soc', (circuit) => throttled(open(circuit), new Date(START + 600_000)))
    clock.ms += 599_999
    expect((await circuits.enter('soc', 'm2')).pass).toBe('wait')
    clock.ms += 1
    expect((await circuits.enter('soc', 'm2')).pass).toBe('probe')
  })

  it('lets others be the probe before the message that opened the circuit', async () => {
    const { clock, environment, open } = world()
    const circuits = environment()
    await circuits.update('soc', open)
    clock.ms += 3 * 60_000 - 1
    expect((await circuits.enter('soc', 'm1')).pass).toBe('wait')
    clock.ms += 1
    expect((await circuits.enter('soc', 'm1')).pass).toBe('probe')
  })

  it('keeps destinations apart', async () => {
    const { environment, open } = world()
    const circuits = environment()
    await circuits.update('soc', open)
    expect((await circuits.enter('hook', 'm2')).pass).toBe('free')
  })

  it('reads again after a read that failed', async () => {
    const { store, environment } = world()
    const circuits = environment()
    const read = store.read.bind(store)
    store.read = () => Promise.reject(new Error('away'))
    await expect(circuits.enter('soc', 'm2')).rejects.toThrow('away')
    store.read = read
    expect((await circuits.enter('soc', 'm2')).pass).toBe('free')
  })
})

describe('Circuits.update()', () => {
  it('loses no change when many functions save at the same time', async () => {
    const { store, environment } = world()
    const functions = Array.from({ length: 20 }, environment)
    await Promise.all(functions.map((circuits) => circuits.enter('soc', 'm2')))
    const add = (name: string) => (circuit: Circuit) => ({ ...circuit, suspects: [...circuit.suspects, name] })
    await Promise.all(functions.map((circuits, n) => circuits.update('soc', add(`m${n}`))))
    expect((await store.read('soc')).circuit.suspects.toSorted()).toEqual(functions.map((_, n) => `m${n}`).toSorted())
  })

  it('writes nothing when the change gives back the same object', async () => {
    const { store, environment } = world()
    const { before, after } = await environment().update('soc', (circuit) => circuit)
    expect(before).toBe(after)
    expect(store.saves).toBe(0)
  })

  it('is seen at once by the function that saved', async () => {
    const { environment, open } = world()
    const circuits = environment()
    await circuits.enter('soc', 'm2')
    const { before, after } = await circuits.update('soc', open)
    expect([before.open, after.open?.reason]).toEqual([undefined, 'the receiver answered 401'])
    expect((await circuits.enter('soc', 'm2')).pass).toBe('wait')
  })

  it('throws a fault instead of trying for ever', async () => {
    const { store, environment, open } = world()
    store.save = async () => false
    await expect(environment().update('soc', open)).rejects.toMatchObject({ kind: 'store-unavailable' })
  })
})
