import { expect, it } from 'vitest'
import { eventId, eventType, messageId } from '../../shared/event-id.ts'

it('eventId() is what a shell makes of source id, slash, vendor id', () => {
  // printf 'prod/42' | openssl dgst -sha256 -binary | basenc --base64url | cut -c1-27
  expect(eventId('prod', '42')).toBe('evt_bumyOnSpsgontr2H1G3K-KRwXLo')
})

it('messageId() depends on the events and their order', () => {
  expect(messageId(['evt_a', 'evt_b'])).not.toBe(messageId(['evt_b', 'evt_a']))
})

it.each([
  ['tines', 'event', 'tines.event'],
  ['polytomic', 'bulk_sync.failed', 'polytomic.bulk_sync.failed'],
  ['bloodhound', 'POST /api/v2/users', 'bloodhound.POST__api_v2_users'],
  ['smartsheet', 'SHEET.CREATE', 'smartsheet.SHEET.CREATE'],
])('eventType() of %s and %s is %s', (source, vendor, type) => {
  expect(eventType(source, vendor)).toBe(type)
})
