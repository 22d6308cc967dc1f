import { expect, it } from 'vitest'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { webhook } from '../../../functions/deliver/destinations/webhook.ts'
import { ageWarnings } from '../../../shared/config/age-warnings.ts'
import { parseDestination } from '../../../shared/config/destination-config.ts'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'

const NOW = new Date('2026-05-01T10:00:00Z')
const WARNING = 'destination recent does not take events older than 18h as they are: they lie at their arrival'

/** Takes events of the last 18 hours as they are. */
const recent: AnyDestination = {
  ...webhook,
  type: 'recent',
  ageLimit: () => ({ maxAgeMs: 18 * 3_600_000, effect: 'they lie at their arrival' }),
}
const destinations = ['webhook', 'recent'].map((type) => {
  const text = JSON.stringify({ type, url: 'https://hooks.example.com/' })
  return parseDestination(`/pollhook/destinations/${type}`, text, { ...DESTINATIONS, recent })
})

it.each([
  ['as old as there are any', 'earliest', [WARNING]],
  ['of a day ago', '2026-04-30T10:00:00Z', [WARNING]],
  ['a microsecond too old', '2026-04-30T15:59:59.999999Z', [WARNING]],
  ['just not too old', '2026-04-30T16:00:00Z', []],
  ['none but new ones', 'now', []],
])('ageWarnings() names the destinations that do not take events as they are: %s', (_, from, warnings) => {
  expect(ageWarnings(from, destinations, NOW)).toEqual(warnings)
})
