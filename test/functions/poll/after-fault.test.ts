import { describe, expect, it } from 'vitest'
import { afterFault } from '../../../functions/poll/after-fault.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { Health } from '../../../shared/source-state.ts'

const NOW = new Date('2026-05-01T10:00:00.000Z')
const WELL: Health = { unfinished: true, failures: 0 }

const next = (before: Health, fault: Fault, random = 0.5) => afterFault(before, fault, 'abc', NOW, random)

describe('afterFault()', () => {
  it.each([
    [1, '2026-05-01T10:00:05.000Z'],
    [2, '2026-05-01T10:00:10.000Z'],
    [3, '2026-05-01T10:00:20.000Z'],
    [8, '2026-05-01T10:10:40.000Z'],
    [9, '2026-05-01T10:15:00.000Z'],
    [500, '2026-05-01T10:15:00.000Z'],
  ])('doubles the delay up to 15 minutes: failure %i', (failures, notBefore) => {
    const before = { ...WELL, failures: failures - 1 }
    expect(next(before, new Fault('unreachable', 'x')).notBefore).toBe(notBefore)
  })

  it('spreads the delay by a quarter to both sides', () => {
    expect(next(WELL, new Fault('vendor-error', 'x'), 0).notBefore).toBe('2026-05-01T10:00:03.750Z')
    expect(next(WELL, new Fault('vendor-error', 'x'), 0.999999).notBefore).toBe('2026-05-01T10:00:06.249Z')
  })

  it('waits as long as the vendor says when throttled', () => {
    const fault = new Fault('throttled', 'x', { notBefore: new Date('2026-05-01T11:30:00Z') })
    expect(next(WELL, fault).notBefore).toBe('2026-05-01T11:30:00.000Z')
  })

  it('waits a minute when throttled without a time', () => {
    expect(next(WELL, new Fault('throttled', 'x')).notBefore).toBe('2026-05-01T10:01:00.000Z')
  })

  it('does not come back before the time that an error names', () => {
    const fault = new Fault('vendor-error', 'x', { notBefore: new Date('2026-05-01T10:20:00Z') })
    expect(next(WELL, fault).notBefore).toBe('2026-05-01T10:20:00.000Z')
  })

  it.each(['unauthorized', 'forbidden', 'secret-missing'] as const)(
    'suspends on %s and probes every 15 minutes',
    (kind) => {
      const health = next(WELL, new Fault(kind, 'x'))
      expect(health.fault).toMatchObject({ kind, suspended: true })
      expect(health.notBefore).toBe('2026-05-01T10:15:00.000Z')
    },
  )

  it('keeps the time when a lasting fault began, and starts anew with another', () => {
    const since = '2026-05-01T08:00:00.000Z'
    const before: Health = { ...WELL, failures: 7, fault: { kind: 'forbidden', message: 'y', since, suspended: true } }
    expect(next(before, new Fault('forbidden', 'x')).fault?.since).toBe(since)
    expect(next(before, new Fault('unreachable', 'x')).fault?.since).toBe('2026-05-01T10:00:00.000Z')
  })

  it('is not due at once although the last run was unfinished', () => {
    expect(next(WELL, new Fault('unreachable', 'x')).unfinished).toBe(false)
  })
})
