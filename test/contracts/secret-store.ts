import { beforeEach, expect, test } from 'vitest'
import type { SecretStore } from '../../shared/contracts/http.ts'

export interface SecretsUnderTest {
  readonly secrets: SecretStore
  /** Makes or replaces a secret. */
  set(name: string, value: string): Promise<void>
}

/** What every store of secrets must do, in memory or in Parameter Store. */
export function secretStoreContract(open: () => Promise<SecretsUnderTest>): void {
  let under: SecretsUnderTest

  beforeEach(async () => {
    under = await open()
  })

  test('read() gives each secret that was asked for, as it was set', async () => {
    await under.set('tines/api-key', ' s3cret\n"€" ')
    await under.set('hook', 'other')
    const secrets = await under.secrets.read([{ secret: 'tines/api-key' }, { secret: 'hook' }], false)
    expect(secrets({ secret: 'tines/api-key' })).toBe(' s3cret\n"€" ')
    expect(secrets({ secret: 'hook' })).toBe('other')
  })

  test('read() gives more secrets than one call of Parameter Store does', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `many/${index}`)
    for (const name of names) await under.set(name, `value of ${name}`)
    const secrets = await under.secrets.read(
      names.map((secret) => ({ secret })),
      false,
    )
    expect(names.map((secret) => secrets({ secret }))).toEqual(names.map((name) => `value of ${name}`))
  })

  test('read() takes a name twice', async () => {
    await under.set('twice', 'x')
    const secrets = await under.secrets.read([{ secret: 'twice' }, { secret: 'twice' }], false)
    expect(secrets({ secret: 'twice' })).toBe('x')
  })

  test('read() of nothing asks nobody', async () => {
    await expect(under.secrets.read([], false)).resolves.toBeTypeOf('function')
  })

  test('read() names every parameter that is missing', async () => {
    await under.set('there', 'SECRET')
    const references = [{ secret: 'gone/1' }, { secret: 'there' }, { secret: 'gone/2' }]
    await expect(under.secrets.read(references, false)).rejects.toMatchObject({
      kind: 'secret-missing',
      message:
        'Cannot read /pollhook/secrets/gone/1, /pollhook/secrets/gone/2: found no such parameter, wanted a secret',
    })
  })

  test('a secret that was missing is found once it is set', async () => {
    await expect(under.secrets.read([{ secret: 'new' }], false)).rejects.toMatchObject({ kind: 'secret-missing' })
    await under.set('new', 'now')
    expect((await under.secrets.read([{ secret: 'new' }], false))({ secret: 'new' })).toBe('now')
  })

  test('a fresh read sees a value that was replaced a moment ago', async () => {
    await under.set('rotated', 'old')
    await under.secrets.read([{ secret: 'rotated' }], false)
    await under.set('rotated', 'new')
    expect((await under.secrets.read([{ secret: 'rotated' }], true))({ secret: 'rotated' })).toBe('new')
  })

  test('what was read does not change afterwards', async () => {
    await under.set('stable', 'old')
    const secrets = await under.secrets.read([{ secret: 'stable' }], false)
    await under.set('stable', 'new')
    await under.secrets.read([{ secret: 'stable' }], true)
    expect(secrets({ secret: 'stable' })).toBe('old')
  })

  test('a secret that was not asked for is a defect of the caller', async () => {
    await under.set('asked', 'x')
    await under.set('unasked', 'x')
    const secrets = await under.secrets.read([{ secret: 'asked' }], false)
    expect(() => secrets({ secret: 'unasked' })).toThrow(TypeError)
  })
}
