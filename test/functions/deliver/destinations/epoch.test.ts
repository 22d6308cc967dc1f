import { expect, it } from 'vitest'
import { epochNanos, epochSeconds } from '../../../../functions/deliver/destinations/epoch.ts'

// 2026-05-01T10:15:42Z is 1777630542: `date -u -d 2026-05-01T10:15:42Z +%s`.
it.each([
  ['2026-05-01T10:15:42Z', '1777630542.000', '1777630542000000000'],
  ['2026-05-01T10:15:42.4Z', '1777630542.400', '1777630542400000000'],
  ['2026-05-01T10:15:42.479123Z', '1777630542.479123', '1777630542479123000'],
  ['2026-05-01T12:15:42.479123456+02:00', '1777630542.479123456', '1777630542479123456'],
])('%s is %s seconds and %s nanoseconds', (instant, seconds, nanos) => {
  expect([epochSeconds(instant), epochNanos(instant)]).toEqual([seconds, nanos])
})
