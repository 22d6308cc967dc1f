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
