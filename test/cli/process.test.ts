import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRunFile } from '../../local/data-dir.ts'
import { folderOf, GOOD, SOC, TINES } from './folder.ts'
import { type LocalDeployment, openLocalDeployment } from './local-deployment.ts'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs cli/main.ts as a process of its own. */
function pollhook(args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['cli/main.ts', ...args], { env: { PATH: process.env.PATH, ...env } })
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', (chunk) => (stdout += chunk))
    child.stderr?.on('data', (chunk) => (stderr += chunk))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin?.end(input)
  })
}

let deployment: LocalDeployment
beforeAll(async () => {
  deployment = await openLocalDeployment()
})
afterAll(() => deployment.close())

describe('the process', () => {
  test('ends with 0 when all is well', async () => {
    const { code, stdout, stderr } = await pollhook(['check', folderOf(GOOD), '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ ok: true })
  })

  test('ends with 1 and says on standard output what it found', async () => {
    const dir = folderOf({ ...GOOD, 'sources/bad.json': { ...TINES, every: '1s' } })
    const { code, stdout, stderr } = await pollhook(['check', dir])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('Cannot use ')
  })

  test('ends with 2 and one line on standard error for wrong usage', async () => {
    expect(await pollhook(['nothing'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Cannot run pollhook nothing, which is no command (see pollhook help)\n',
    })
  })

  test('reads a secret from standard input and never says it', async () => {
    const args = ['secret', 'set', 'a/b', '--local', '--data', deployment.dataDir]
    expect(await pollhook(args, 'the-secret-itself\n')).toEqual({
      code: 0,
      stdout: 'Stored /pollhook/secrets/a/b\n',
      stderr: '',
    })
    expect(deployment.parameters.get('/pollhook/secrets/a/b')?.value).toBe('the-secret-itself')
  })
})

describe('the process with AWS in its environment', () => {
  const environment = () => ({ ...readRunFile(deployment.dataDir)?.environment })

  test('finds a deployment by the parameter that its stack made', async () => {
    const { table, queueUrl, deadLetterQueueUrl } = deployment
    const now = new Date()
    const put = (name: string, value: unknown) =>
      deployment.parameters.put(
        { name: `/pollhook/${name}`, type: 'String', value: JSON.stringify(value), description: '' },
        now,
      )
    put('deployment', { table, queueUrl, deadLetterQueueUrl, bucket: 'unused' })
    put('sources/prod-tines', TINES)
    put('destinations/soc', SOC)
    const { code, stdout, stderr } = await pollhook(['status'], '', environment())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('prod-tines  tines  new')
  })

  test('says that nothing is deployed under a prefix', async () => {
    expect(await pollhook(['status'], '', { ...environment(), POLLHOOK_PREFIX: '/other' })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Cannot find the deployment of /other: found no parameter /other/deployment of a deployed stack in this account and Region\n',
    })
  })

  test('says in one line that there are no credentials', async () => {
    const { code, stdout, stderr } = await pollhook(['status'], '', {
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_SSM: environment().AWS_ENDPOINT_URL_SSM ?? '',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_CONFIG_FILE: '/nowhere',
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^Cannot reach AWS: found no credentials \(.*\), wanted what the AWS command line would use.*\n$/,
    )
  })

  test('says in one line that there is no Region', async () => {
    const nowhere = { AWS_SHARED_CREDENTIALS_FILE: '/nowhere', AWS_CONFIG_FILE: '/nowhere' }
    const { code, stdout, stderr } = await pollhook(['status'], '', nowhere)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^Cannot reach AWS: found no Region, wanted AWS_REGION or .*\n$/)
  })
})
