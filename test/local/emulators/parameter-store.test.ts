import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { Parameters } from '../../../local/emulators/parameters.ts'
import { parameterStoreContract } from '../../contracts/parameter-store.ts'
import { temporaryFolder } from '../temporary.ts'
import { clientsOf, openForTest } from './emulators.ts'

const open = async (folder = temporaryFolder()) => {
  const emulators = await openForTest(folder)
  return { ...emulators, ssm: clientsOf(emulators.gateway.environment).ssm }
}

parameterStoreContract('the local Parameter Store', async () => (await open()).ssm)

describe('the local Parameter Store', () => {
  it('holds what it held after a restart', async () => {
    const folder = temporaryFolder()
    const first = await open(folder)
    await first.ssm.send(new PutParameterCommand({ Name: '/a', Value: 'one', Type: 'SecureString' }))
    await first.close()
    const second = await open(folder)
    const answer = await second.ssm.send(new GetParameterCommand({ Name: '/a', WithDecryption: true }))
    expect(answer.Parameter).toMatchObject({ Value: 'one', Version: 1 })
  })

  it('says what it cannot do', async () => {
    const { ssm } = await open()
    const unknown = { ParameterFilters: [{ Key: 'Type', Values: ['String'] }], Path: '/a' }
    const { GetParametersByPathCommand, GetParameterHistoryCommand } = await import('@aws-sdk/client-ssm')
    await expect(ssm.send(new GetParametersByPathCommand(unknown))).rejects.toThrow('ParameterFilters')
    await expect(ssm.send(new GetParameterHistoryCommand({ Name: '/a' }))).rejects.toThrow('GetParameterHistory')
  })
})

describe('the file of parameters', () => {
  it('can be read by its owner alone', () => {
    const file = join(temporaryFolder(), 'parameters.json')
    new Parameters(file).put({ name: '/a', type: 'SecureString', value: 'open sesame' }, new Date())
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('is never replaced when it cannot be read, and the error does not quote it', () => {
    const file = join(temporaryFolder(), 'parameters.json')
    writeFileSync(file, '{"v":1,"parameters":[{"value":"open sesame"}')
    expect(() => new Parameters(file)).toThrow(/^Cannot read .*parameters\.json: found something else/)
    expect(() => new Parameters(file)).not.toThrow('sesame')
    expect(readFileSync(file, 'utf8')).toContain('open sesame')
  })
})
