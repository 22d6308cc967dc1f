import { describe, expect, test } from 'vitest'
import { folderOf, GOOD, SOC, TINES } from './folder.ts'
import { pollhook } from './surroundings.ts'

describe('pollhook check', () => {
  test('shows what can be used, and of URLs the host alone', async () => {
    const dir = folderOf(GOOD)
    expect(await pollhook(['check', dir])).toEqual({
      code: 0,
      out: [
        'sources/prod-tines  tines  every 1m  to soc',
        'destinations/soc  webhook  soc.example.com',
        '1 source and 1 destination can be used, no problems',
      ],
      err: [],
    })
  })

  test('--json says the same to programs', async () => {
    const { code, out } = await pollhook(['check', folderOf(GOOD), '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out.join())).toEqual({
      ok: true,
      problems: [],
      warnings: [],
      sources: [{ id: 'prod-tines', type: 'tines', destinations: ['soc'] }],
      destinations: [{ id: 'soc', type: 'webhook' }],
    })
  })

  test.each<[what: string, files: Record<string, unknown>, line: string]>([
    [
      'a wrong value',
      { 'sources/prod-tines.json': { ...TINES, every: '10s' } },
      'DIR/sources/prod-tines.json as every must be a duration from 1m to 24h: found "10s"',
    ],
    [
      'a destination that does not exist',
      { 'sources/prod-tines.json': { ...TINES, destinations: ['sock'] } },
      'DIR/sources/prod-tines.json as destinations names "sock", which does not exist: did you mean "soc"?',
    ],
    [
      'a secret that does not exist',
      { 'sources/prod-tines.json': { ...TINES, apiKey: { secret: 'sources/tines/apikey' } } },
      'DIR/sources/prod-tines.json as it refers to the secret "sources/tines/apikey", which does not exist: did you mean "sources/tines/api-key"?',
    ],
    [
      'a secret of the other side',
      { 'sources/prod-tines.json': { ...TINES, apiKey: { secret: 'destinations/soc/key' } } },
      'DIR/sources/prod-tines.json as it refers to the secret "destinations/soc/key", which is kept for destinations: wanted another name',
    ],
    [
      'a client certificate that refers to no secret',
      {
        'destinations/soc.json': {
          ...SOC,
          tls: { clientCertificate: { secret: 'none' }, clientKey: { secret: 'destinations/soc/key' } },
        },
      },
      'DIR/destinations/soc.json as it refers to the secret "none", which does not exist: wanted DIR/secrets/none',
    ],
    [
      'a header that refers to no secret',
      { 'destinations/soc.json': { ...SOC, headers: { 'x-api-key': { secret: 'none' } } } },
      'DIR/destinations/soc.json as it refers to the secret "none", which does not exist: wanted DIR/secrets/none',
    ],
    [
      'no JSON',
      { 'destinations/soc.json': '{"type": whsec_leak}' },
      'DIR/destinations/soc.json as it is not JSON: a value is wanted at line 1, column 10',
    ],
    [
      'a name that is no id',
      { 'sources/Prod.json': TINES },
      'DIR/sources/Prod.json as its id must match [a-z0-9][a-z0-9-]{0,62}: found "Prod"',
    ],
  ])('finds %s', async (_, files, line) => {
    const dir = folderOf({ ...GOOD, ...files })
    const { code, out } = await pollhook(['check', dir])
    expect(code).toBe(1)
    expect(out.map((text) => text.replaceAll(dir, 'DIR'))).toContain(`Cannot use ${line}`)
    expect(out.at(-1)).toMatch(/, 1 problem$/)
  })

  test('a folder without secrets is not asked for them, nor for those of Secrets Manager', async () => {
    const source = { ...TINES, apiKey: { secret: 'aws:secretsmanager:tines' } }
    expect((await pollhook(['check', folderOf({ 'sources/a.json': TINES, 'destinations/soc.json': SOC })])).code).toBe(
      0,
    )
    expect((await pollhook(['check', folderOf({ ...GOOD, 'sources/prod-tines.json': source })])).code).toBe(0)
  })

  test('one file is checked with the folder behind it', async () => {
    const dir = folderOf({ ...GOOD, 'sources/bad.json': { ...TINES, every: '1s', destinations: ['none'] } })
    expect(await pollhook(['check', `${dir}/sources/prod-tines.json`])).toMatchObject({ code: 0 })
    expect(await pollhook(['check', `${dir}/sources/bad.json`])).toMatchObject({
      code: 1,
      out: [expect.stringContaining('every must be'), '0 sources and 0 destinations can be used, 1 problem'],
    })
  })

  test('--local allows what only a local run allows', async () => {
    const dir = folderOf({ ...GOOD, 'sources/prod-tines.json': { ...TINES, every: '1s' } })
    expect((await pollhook(['check', dir])).code).toBe(1)
    expect((await pollhook(['check', dir, '--local'])).code).toBe(0)
  })

  test('a folder without configuration is a problem', async () => {
    const dir = folderOf({ 'readme.txt': 'x' })
    expect(await pollhook(['check', dir])).toEqual({
      code: 1,
      out: [],
      err: [`Cannot read configuration in ${dir}: found none, wanted files in sources/ or destinations/`],
    })
  })
})
