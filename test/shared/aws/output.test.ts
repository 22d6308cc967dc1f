import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createS3, createSqs } from '../../../shared/aws/clients.ts'
import { isLocalRun, parameterPrefix, requireVariable } from '../../../shared/aws/environment.ts'
import { createLog } from '../../../shared/aws/log.ts'
import { createMetrics } from '../../../shared/aws/metrics.ts'

const now = () => new Date('2026-05-01T12:00:00.000Z')

describe('createLog()', () => {
  test('writes one JSON line with time, level and event first', () => {
    const lines: string[] = []
    const log = createLog(now, (line) => lines.push(line))
    log('warn', 'poll.finished', { source: 'prod', pages: 2, busy: false, fault: undefined, text: 'a\nb' })
    expect(lines).toEqual([
      '{"at":"2026-05-01T12:00:00.000Z","level":"warn","event":"poll.finished","source":"prod","pages":2,"busy":false,"text":"a\\nb"}\n',
    ])
  })

  test('a field cannot take the place of time, level or event', () => {
    const lines: string[] = []
    createLog(now, (line) => lines.push(line))('info', 'tick', { at: 'x', level: 'y', event: 'z' })
    expect(lines).toEqual(['{"at":"2026-05-01T12:00:00.000Z","level":"info","event":"tick"}\n'])
  })
})

describe('createMetrics()', () => {
  test('writes one line in the embedded metric format, without dimensions', () => {
    const lines: string[] = []
    createMetrics(now, (line) => lines.push(line))({ MaxLagSeconds: 12.5, SourcesTotal: 3 })
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        _aws: {
          Timestamp: 1777636800000,
          CloudWatchMetrics: [
            {
              Namespace: 'pollhook',
              Dimensions: [[]],
              Metrics: [
                { Name: 'SourcesTotal', Unit: 'Count' },
                { Name: 'MaxLagSeconds', Unit: 'Seconds' },
              ],
            },
          ],
        },
        SourcesTotal: 3,
        MaxLagSeconds: 12.5,
      },
    ])
    expect(lines[0]).toMatch(/\n$/)
  })

  test.each([
    [undefined, 'pollhook'],
    ['/pollhook', 'pollhook'],
    ['/security/hooks', 'security-hooks'],
  ])('writes for a deployment under %s into the namespace %s, where its alarms look', (prefix, namespace) => {
    vi.stubEnv('POLLHOOK_PREFIX', prefix)
    onTestFinished(() => void vi.unstubAllEnvs())
    const lines: string[] = []
    createMetrics(now, (line) => lines.push(line))({ Gaps: 1 })
    expect(JSON.parse(lines.join())._aws.CloudWatchMetrics[0].Namespace).toBe(namespace)
  })

  test('of nothing writes nothing', () => {
    const lines: string[] = []
    createMetrics(now, (line) => lines.push(line))({})
    expect(lines).toEqual([])
  })

  test.each([Number.NaN, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    expect(() => createMetrics(now, () => {})({ MaxLagSeconds: value })).toThrow(TypeError)
  })
})

describe('the environment', () => {
  test('a missing or empty variable is an error that names it', () => {
    expect(requireVariable('POLLHOOK_TABLE', { POLLHOOK_TABLE: 'pollhook' })).toBe('pollhook')
    expect(() => requireVariable('POLLHOOK_TABLE', {})).toThrow(
      'Cannot start as the environment variable POLLHOOK_TABLE is missing: wanted a value',
    )
    expect(() => requireVariable('POLLHOOK_TABLE', { POLLHOOK_TABLE: '' })).toThrow('POLLHOOK_TABLE is empty')
  })

  test('the prefix is /pollhook unless set', () => {
    expect(parameterPrefix({})).toBe('/pollhook')
    expect(parameterPrefix({ POLLHOOK_PREFIX: '/audit' })).toBe('/audit')
  })

  test('a run is local when POLLHOOK_LOCAL is 1, and not otherwise', () => {
    expect(isLocalRun({ POLLHOOK_LOCAL: '1' })).toBe(true)
    for (const value of [undefined, '', '0', 'true']) expect(isLocalRun({ POLLHOOK_LOCAL: value })).toBe(false)
  })
})

describe('the clients', () => {
  test('try three times at most', async () => {
    expect(await createSqs().config.maxAttempts()).toBe(3)
  })

  test('name buckets in the path in a local run only', () => {
    expect(createS3(true).config.forcePathStyle).toBe(true)
    expect(createS3(false).config.forcePathStyle).toBe(false)
  })
})
