import {
  GetParametersByPathCommand,
  GetParametersCommand,
  type GetParametersCommandInput,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parameterTrees } from '../../../shared/aws/parameters.ts'
import { parameterSecrets } from '../../../shared/aws/secrets.ts'
import { secretStoreContract } from '../../contracts/secret-store.ts'
import { openParameters } from '../../emulators.ts'

let aws: Awaited<ReturnType<typeof openParameters>>

beforeAll(async () => {
  aws = await openParameters()
})
afterAll(() => aws.close())

async function put(Name: string, Value: string, Type: 'String' | 'SecureString' = 'String'): Promise<void> {
  await aws.ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }))
}

describe('parameterSecrets() on Parameter Store', () => {
  secretStoreContract(async () => ({
    secrets: parameterSecrets(aws.ssm, '/pollhook'),
    set: (name, value) => put(`/pollhook/secrets/${name}`, value, 'SecureString'),
  }))
})

describe('parameterSecrets()', () => {
  const client = new SSMClient({ region: 'us-east-1' })

  /** A Parameter Store where every parameter has its name as value, and counts how often it was asked. */
  function mocked() {
    const mock = mockClient(SSMClient)
    mock.on(GetParametersCommand).callsFake(async ({ Names }: GetParametersCommandInput) => ({
      Parameters: (Names ?? []).map((Name) => ({ Name, Value: `value of ${Name}` })),
    }))
    const asked = () => mock.commandCalls(GetParametersCommand).map(({ args }) => args[0].input.Names)
    return { mock, asked }
  }

  test('a secret of Secrets Manager is read through Parameter Store’s reference', async () => {
    const { mock, asked } = mocked()
    const reference = { secret: 'aws:secretsmanager:prod/hook' }
    const secrets = await parameterSecrets(client, '/other').read([reference, { secret: 'plain' }], false)
    expect(secrets(reference)).toBe('value of /aws/reference/secretsmanager/prod/hook')
    expect(asked()).toEqual([['/aws/reference/secretsmanager/prod/hook', '/other/secrets/plain']])
    mock.restore()
  })

  test('a value is kept for five minutes', async () => {
    const { mock, asked } = mocked()
    let nowMs = 0
    const secrets = parameterSecrets(client, '/p', () => nowMs)
    await secrets.read([{ secret: 'a' }], false)
    nowMs = 299_999
    await secrets.read([{ secret: 'a' }, { secret: 'b' }], false)
    nowMs = 300_000
    await secrets.read([{ secret: 'a' }, { secret: 'b' }], false)
    expect(asked()).toEqual([['/p/secrets/a'], ['/p/secrets/b'], ['/p/secrets/a']])
    mock.restore()
  })

  test('a fresh read passes the cache and renews it', async () => {
    const { mock, asked } = mocked()
    const secrets = parameterSecrets(client, '/p', () => 0)
    await secrets.read([{ secret: 'a' }], false)
    await secrets.read([{ secret: 'a' }], true)
    await secrets.read([{ secret: 'a' }], false)
    expect(asked()).toHaveLength(2)
    mock.restore()
  })

  test('readers that come at once ask once', async () => {
    const { mock, asked } = mocked()
    const secrets = parameterSecrets(client, '/p')
    await Promise.all(Array.from({ length: 10 }, () => secrets.read([{ secret: 'a' }], false)))
    expect(asked()).toHaveLength(1)
    mock.restore()
  })

  test('a failure is not kept', async () => {
    const mock = mockClient(SSMClient)
    mock
      .on(GetParametersCommand)
      .rejectsOnce(Object.assign(new Error('SECRET'), { name: 'ThrottlingException' }))
      .resolves({ Parameters: [{ Name: '/p/secrets/a', Value: 'x' }] })
    const secrets = parameterSecrets(client, '/p')
    await expect(secrets.read([{ secret: 'a' }], false)).rejects.toMatchObject({
      kind: 'store-unavailable',
      message: 'Cannot read /p/secrets/a: found ThrottlingException, wanted an answer',
    })
    expect((await secrets.read([{ secret: 'a' }], false))({ secret: 'a' })).toBe('x')
    mock.restore()
  })

  test('a secret that may not be read is missing, for somebody must act', async () => {
    const mock = mockClient(SSMClient)
    mock.on(GetParametersCommand).rejects(Object.assign(new Error('SECRET'), { name: 'AccessDeniedException' }))
    await expect(parameterSecrets(client, '/p').read([{ secret: 'destinations/a' }], false)).rejects.toMatchObject({
      kind: 'secret-missing',
      message: 'Cannot read /p/secrets/destinations/a: found AccessDeniedException, wanted an answer',
    })
    mock.restore()
  })
})

describe('parameterTrees()', () => {
  test('lists everything below a path and nothing beside it, page by page', async () => {
    for (let index = 0; index < 23; index++) await put(`/tree/sources/s-${index}`, `{"n":${index}}`)
    await put('/tree/sources/deep/er', '{}')
    await put('/tree/sources-2/no', '{}')
    await put('/tree/destinations/no', '{}')
    const { texts: tree, changedAt } = await parameterTrees(aws.ssm).list('/tree/sources')
    expect(tree.size).toBe(24)
    expect(tree.get('s-22')).toBe('{"n":22}')
    expect(tree.get('deep/er')).toBe('{}')
    expect([...changedAt.keys()].sort()).toEqual([...tree.keys()].sort())
    expect(changedAt.get('s-22')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('does not decrypt a secret that was put into the tree', async () => {
    await put('/mixed/sources/oops', 'PLAIN', 'SecureString')
    expect((await parameterTrees(aws.ssm).list('/mixed/sources')).texts.get('oops')).not.toContain('PLAIN')
  })

  test('tells when each parameter was written, as far as the answer says it', async () => {
    const LastModifiedDate = new Date('2026-05-01T10:00:00Z')
    const Parameters = [
      { Name: '/p/sources/a', Value: '{}', LastModifiedDate },
      { Name: '/p/sources/b', Value: '{}' },
    ]
    const mock = mockClient(SSMClient)
    mock.on(GetParametersByPathCommand).resolves({ Parameters })
    const { changedAt } = await parameterTrees(new SSMClient({ region: 'us-east-1' })).list('/p/sources')
    expect([...changedAt]).toEqual([['a', '2026-05-01T10:00:00.000Z']])
    mock.restore()
  })

  test('an empty page is not the end', async () => {
    const mock = mockClient(SSMClient)
    mock
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [], NextToken: '1' })
      .resolvesOnce({ NextToken: '2' })
      .resolvesOnce({ Parameters: [{ Name: '/p/sources/a', Value: '{}' }] })
    const { texts } = await parameterTrees(new SSMClient({ region: 'us-east-1' })).list('/p/sources')
    expect([...texts]).toEqual([['a', '{}']])
    mock.restore()
  })

  test('keeps each tree for the given time', async () => {
    const mock = mockClient(SSMClient)
    mock.on(GetParametersByPathCommand).resolves({ Parameters: [] })
    const client = new SSMClient({ region: 'us-east-1' })
    let nowMs = 0
    const cached = parameterTrees(client, undefined, () => nowMs)
    await cached.list('/p/sources')
    await cached.list('/p/destinations')
    nowMs = 59_999
    await cached.list('/p/sources')
    expect(mock.calls()).toHaveLength(2)
    nowMs = 60_000
    await cached.list('/p/sources')
    expect(mock.calls()).toHaveLength(3)
    const uncached = parameterTrees(client, 0, () => nowMs)
    await uncached.list('/p/sources')
    await uncached.list('/p/sources')
    expect(mock.calls()).toHaveLength(5)
    mock.restore()
  })

  test('a failure is not an empty tree', async () => {
    const mock = mockClient(SSMClient)
    mock
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [], NextToken: '1' })
      .rejects(Object.assign(new Error('no'), { name: 'InternalServerError' }))
    await expect(parameterTrees(new SSMClient({ region: 'us-east-1' })).list('/p/sources')).rejects.toMatchObject({
      kind: 'store-unavailable',
      message: 'Cannot list the parameters under /p/sources: found InternalServerError, wanted an answer',
    })
    mock.restore()
  })
})
