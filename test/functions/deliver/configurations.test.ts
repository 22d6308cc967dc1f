import { describe, expect, it } from 'vitest'
import { Configurations } from '../../../functions/deliver/configurations.ts'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { parseDestination } from '../../../shared/config/destination-config.ts'
import { Fault } from '../../../shared/contracts/fault.ts'

const TEXT = '{"type": "webhook", "url": "https://hooks.example.com/x"}'

function setUp() {
  const state = { nowMs: 1_000_000, text: TEXT as string | undefined, isAway: false, reads: 0, parses: 0 }
  const configurations = new Configurations({
    text: async (parameter) => {
      state.reads++
      if (state.isAway) throw new Fault('store-unavailable', `Cannot read ${parameter}`)
      return parameter === '/prefix/destinations/soc' ? state.text : undefined
    },
    parse: (parameter, text) => {
      state.parses++
      return parseDestination(parameter, text, DESTINATIONS)
    },
    prefix: '/prefix',
    now: () => new Date(state.nowMs),
  })
  return { state, configurations }
}

describe('Configurations.read()', () => {
  it('reads a parameter once a minute, however many ask', async () => {
    const { state, configurations } = setUp()
    await Promise.all(Array.from({ length: 10 }, () => configurations.read('soc')))
    state.nowMs += 60_000
    await configurations.read('soc')
    expect(state.reads).toBe(1)
    state.nowMs += 1
    await configurations.read('soc')
    expect(state.reads).toBe(2)
  })

  it('parses a text once, and gives the same object for it', async () => {
    const { state, configurations } = setUp()
    const first = await configurations.read('soc')
    state.nowMs += 61_000
    expect(await configurations.read('soc')).toBe(first)
    expect([state.reads, state.parses]).toEqual([2, 1])
    state.nowMs += 61_000
    state.text = TEXT.replace('/x', '/y')
    expect((await configurations.read('soc')).url).toBe('https://hooks.example.com/y')
  })

  it('names the parameter that is missing, and looks again the next time', async () => {
    const { state, configurations } = setUp()
    state.text = undefined
    await expect(configurations.read('soc')).rejects.toMatchObject({
      kind: 'configuration-invalid',
      message: 'Cannot deliver to soc: found no parameter /prefix/destinations/soc, wanted its configuration',
    })
    state.text = TEXT
    expect((await configurations.read('soc')).id).toBe('soc')
  })

  it('does not keep what is wrong or could not be read', async () => {
    const { state, configurations } = setUp()
    state.text = '{}'
    await expect(configurations.read('soc')).rejects.toMatchObject({ kind: 'configuration-invalid' })
    state.text = TEXT
    state.isAway = true
    await expect(configurations.read('soc')).rejects.toMatchObject({ kind: 'store-unavailable' })
    state.isAway = false
    expect((await configurations.read('soc')).id).toBe('soc')
  })
})
