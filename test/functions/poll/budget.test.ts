import { expect, it } from 'vitest'
import { exhaustedUntil, spend } from '../../../functions/poll/budget.ts'

const at = (text: string) => new Date(`2026-05-01T${text}Z`)

it('spend() counts within a minute and starts anew with the next', () => {
  const one = spend(undefined, at('10:00:03'))
  const two = spend(one, at('10:00:59.999'))
  expect(two).toEqual({ minute: '2026-05-01T10:00:00.000Z', used: 2 })
  expect(spend(two, at('10:01:00'))).toEqual({ minute: '2026-05-01T10:01:00.000Z', used: 1 })
})

it('exhaustedUntil() names the next minute once the requests of this one are spent', () => {
  const budget = { minute: '2026-05-01T10:00:00.000Z', used: 50 }
  expect(exhaustedUntil(budget, 50, at('10:00:30'))).toBe('2026-05-01T10:01:00.000Z')
  expect(exhaustedUntil(budget, 51, at('10:00:30'))).toBeUndefined()
  expect(exhaustedUntil(budget, 50, at('10:01:00'))).toBeUndefined()
})
