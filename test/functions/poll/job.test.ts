import { expect, it } from 'vitest'
import { jobOf } from '../../../functions/poll/job.ts'
import { countingSource } from './counting-source.ts'

it('jobOf() takes the lease for 30 s longer than the function can run, so that it never ends under a run', () => {
  const source = JSON.stringify({ type: 'counting', key: { secret: 'key' }, destinations: ['hook'] })
  const deadline = new Date('2026-05-01T10:05:00.000Z')
  const job = jobOf(
    { sourceId: 'prod', source, routes: [], tickAt: '2026-05-01T10:00:00.000Z' },
    { counting: countingSource },
    { prefix: '/pollhook', local: false, owner: 'a run', deadline },
  )
  expect(job.leaseUntil.toISOString()).toBe('2026-05-01T10:05:30.000Z')
})

it.each([
  [undefined, 5],
  [2, 2],
  [9, 1],
])('jobOf() lets a source make its part of the requests when the credential is shared by %s', (sharedBy, requests) => {
  const source = JSON.stringify({ type: 'counting', key: { secret: 'key' }, destinations: ['hook'] })
  const tickAt = '2026-05-01T10:00:00.000Z'
  const assignment = { sourceId: 'prod', source, routes: [], tickAt, ...(sharedBy !== undefined && { sharedBy }) }
  const circumstances = { prefix: '/pollhook', local: false, owner: 'a run', deadline: new Date(tickAt) }
  expect(jobOf(assignment, { counting: countingSource }, circumstances).requestsPerMinute).toBe(requests)
})
