import { describe, expect, test } from 'vitest'
import { folderOf, GOOD, SOC, TINES } from './folder.ts'
import { pollhook } from './surroundings.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const POLYTOMIC = { type: 'polytomic', apiKey: { secret: 'sources/tines/api-key' }, destinations: ['soc'] }

/** The warnings about one source and its destination. */
async function warnings(source: Record<string, unknown>, destination: Record<string, unknown> = {}): Promise<string[]> {
  const files = {
    'sources/prod-tines.json': { ...TINES, ...source },
    'destinations/soc.json': { ...SOC, ...destination },
  }
  const { code, out } = await pollhook(['check', folderOf({ ...GOOD, ...files })], { now: NOW })
  expect(code).toBe(0)
  return out.filter((line) => line.startsWith('Warning: ')).map((line) => line.slice('Warning: '.length))
}

describe('pollhook check warns of', () => {
  test('a beginning that is older than a destination takes events as they are', async () => {
    const datadog = { type: 'datadog', url: undefined, signing: undefined, apiKey: { secret: 'destinations/soc/key' } }
    const line =
      'sources/prod-tines.json: destination soc does not take events older than 18h as they are: Datadog shows them at the time of their arrival; their own time is in pollhook.time'
    expect(await warnings({ startFrom: 'earliest' }, datadog)).toEqual([line])
    expect(await warnings({ startFrom: '2026-04-30T17:00:00Z' }, datadog)).toEqual([line])
    expect(await warnings({ startFrom: '2026-04-30T19:00:00Z' }, datadog)).toEqual([])
    expect(await warnings({}, datadog)).toEqual([])
  })

  test('a receiver on this machine, unless it is for a local run', async () => {
    const folder = folderOf({ ...GOOD, 'destinations/soc.json': { ...SOC, url: 'http://127.0.0.1:8080/' } })
    const line =
      'Warning: destinations/soc.json: it is held in AWS, and works in a local run only: found an http:// url, wanted https://'
    expect((await pollhook(['check', folder])).out).toContain(line)
    expect((await pollhook(['check', folder, '--local'])).out.join()).not.toContain('Warning')
  })

  test('nothing that is as it should be', async () => {
    expect(await warnings({})).toEqual([])
    expect(await warnings({ settle: '0s', overlap: '0s' })).toEqual([])
    expect(await warnings({ settle: '0s', sweep: false })).toEqual([])
    expect(await warnings({ startFrom: '2026-05-01T12:00:00Z', sweep: { every: '24h', back: '24h' } })).toEqual([])
  })

  test.each<[what: string, source: Record<string, unknown>, text: string]>([
    [
      'late events that nothing looks for',
      { settle: '0s', overlap: '0s', sweep: false },
      'an event that appears late is never found: found settle 0s, overlap 0s and no sweep, wanted one of them',
    ],
    [
      'a sweep that leaves some of the log out',
      { sweep: { every: '24h', back: '12h' } },
      'some of the log is never swept: found sweep.back 12h with sweep.every 1d, wanted it at least as long',
    ],
    [
      'a start that is yet to come',
      { startFrom: '2027-01-01T00:00:00Z' },
      'nothing is read until then: found startFrom 2027-01-01T00:00:00.000Z, wanted a time that is past',
    ],
    [
      'an interval at which one failure is a gap',
      { every: '1h', retention: '2h', sweep: false },
      'one poll that fails is a gap: found every 1h, wanted less than half of the 2h that the vendor keeps events',
    ],
    [
      'the same where the vendor says how long it keeps events',
      { ...POLYTOMIC, every: '24h', baseUrl: 'https://app.polytomic.com' },
      'one poll that fails is a gap: found every 1d, wanted less than half of the 2d that the vendor keeps events',
    ],
    [
      'a sweep that comes too late',
      { sweep: { every: '7d', back: '7d' } },
      'a sweep finds nothing that the vendor still has: found sweep.every 7d, wanted less than the 7d that it keeps events',
    ],
  ])('%s', async (_, source, text) => {
    expect(await warnings(source)).toEqual([`sources/prod-tines.json: ${text}`])
  })

  test.each([
    ['another vendor', {}, { types: ['tines.*', 'mrege.*'] }, 'mrege.*'],
    ['a type that the feed does not have', {}, { types: ['tines.Login'] }, 'tines.Login'],
    [
      'an operation that is not read',
      { feed: 'audit_logs', operationNames: ['Login'] },
      { types: ['tines.Log_out'] },
      'tines.Log_out',
    ],
    ['the vendor alone', { feed: 'audit_logs' }, { types: ['tines.'] }, 'tines.'],
  ])('a filter for %s', async (_, source, filter, glob) => {
    expect(await warnings(source, { filter })).toEqual([
      `destinations/soc.json: a filter takes nothing: found types "${glob}", wanted a pattern of what its sources send: tines.…`,
    ])
  })

  test.each([
    [{}, { types: ['*'], exclude: ['tines.*'] }],
    [{ feed: 'audit_logs' }, { exclude: ['tines*'] }],
    [{ feed: 'audit_logs' }, { exclude: ['*'] }],
  ])('a source of which nothing passes: %j, %j', async (source, filter) => {
    expect(await warnings(source, { filter })).toEqual([
      'destinations/soc.json: nothing of source prod-tines passes the filter: found it among the destinations of that source',
    ])
  })

  test.each([
    [{}, { types: ['tines.event'] }],
    [{}, { types: ['t*'], exclude: ['tines.other'] }],
    [{ feed: 'audit_logs' }, { types: ['tines.Story*'], exclude: ['*.StoryRun'] }],
    [{ feed: 'audit_logs', operationNames: ['Login', 'X'] }, { types: ['*.Login'] }],
    [{ feed: 'audit_logs' }, { types: ['*Creation'] }],
  ])('no filter that takes something: %j, %j', async (source, filter) => {
    expect(await warnings(source, { filter })).toEqual([])
  })

  test('no filter of a destination that no source names', async () => {
    const files = { ...GOOD, 'destinations/other.json': { ...SOC, filter: { types: ['merge.*'] } } }
    expect((await pollhook(['check', folderOf(files)])).out.at(-1)).toMatch(/no problems$/)
  })
})

test('a warning is no problem, is counted, is in the JSON, and belongs to its file', async () => {
  const dir = folderOf({ ...GOOD, 'sources/prod-tines.json': { ...TINES, startFrom: '2027-01-01T00:00:00Z' } })
  const answer = await pollhook(['check', dir], { now: NOW })
  expect(answer).toMatchObject({ code: 0 })
  expect(answer.out.at(-1)).toBe('1 source and 1 destination can be used, no problems, 1 warning')
  const { ok, warnings } = JSON.parse((await pollhook(['check', dir, '--json'], { now: NOW })).out.join())
  expect([ok, warnings]).toEqual([true, [expect.stringContaining('sources/prod-tines.json: nothing is read')]])
  const ofFile = async (file: string) => (await pollhook(['check', `${dir}/${file}`], { now: NOW })).out.at(-1)
  expect(await ofFile('sources/prod-tines.json')).toMatch(/, 1 warning$/)
  expect(await ofFile('destinations/soc.json')).toMatch(/, no problems$/)
})
