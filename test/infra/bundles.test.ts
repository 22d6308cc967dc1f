import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { synthesize } from '../../infra/app.ts'
import { permissionsOf, type Resource, resourcesIn, textOf, the } from './template.ts'

const outdir = mkdtempSync(path.join(tmpdir(), 'pollhook-bundles-'))
let resources: Record<string, Resource>

beforeAll(() => {
  const [stack] = synthesize({ outdir, checks: false }).stacks
  resources = resourcesIn(stack?.template)
})

afterAll(() => rmSync(outdir, { recursive: true }))

const FUNCTIONS = ['Dispatch', 'Poll', 'Deliver'] as const

/** The folder of a built function. */
function bundleOf(name: string): string {
  const { S3Key } = z.object({ S3Key: z.string() }).parse(the(resources, name).Properties.Code)
  return path.join(outdir, `asset.${S3Key.replace(/\.zip$/, '')}`)
}

// A bundle with the wrong build of a package in it fails at its first line, and not before it runs.
it.each(FUNCTIONS)('the bundle of %s starts and has a handler', (name) => {
  const { Variables } = z
    .object({ Variables: z.record(z.string(), z.unknown()) })
    .parse(the(resources, name).Properties.Environment)
  const environment = Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, textOf(value)]))
  const script = 'const { handler } = await import(process.argv[1]); process.stdout.write(typeof handler)'
  const run = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, path.join(bundleOf(name), 'index.mjs')],
    {
      env: { ...environment, AWS_REGION: 'eu-west-1' },
      encoding: 'utf8',
    },
  )
  expect(run).toMatchObject({ status: 0, stderr: '', stdout: 'function' })
})

// It is read at every cold start. Invoked they are by the end-to-end test.
it.each(FUNCTIONS)('the bundle of %s has less than 2.5 MB', (name) => {
  const { size } = statSync(path.join(bundleOf(name), 'index.mjs'))
  console.log(`bundle of ${name.toLowerCase()}: ${Math.round(size / 1000)} kB`)
  expect(size).toBeLessThan(2_500_000)
})

/** What Lambda, and not the function's code, does with the permissions of deliver. */
const LAMBDA = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']

describe('the AWS calls in the bundle of a function are those that it may make:', () => {
  // Left: calls that are in a bundle because another function makes them in the same adapter. Right: permissions without a call.
  it.each([
    ['Dispatch', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], []],
    ['Poll', ['dynamodb:BatchGetItem', 's3:GetObject'], []],
    ['Deliver', ['dynamodb:BatchGetItem'], ['s3:ListBucket', ...LAMBDA]],
  ])('%s', (name, unused, silent) => {
    const calls = callsIn(bundleOf(name))
    const allowed = new Set(
      permissionsOf(resources, `${name}Role`).flatMap((line) => /^Allow (\w+:\w+) on/.exec(line)?.[1] ?? []),
    )
    const logging = ['logs:CreateLogStream', 'logs:PutLogEvents']
    expect([...calls].filter((call) => !allowed.has(call)).sort()).toEqual(unused)
    expect([...allowed].filter((action) => !calls.has(action) && !logging.includes(action)).sort()).toEqual(
      silent.sort(),
    )
  })
})

const metafile = z.object({
  outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) })),
})

/** The IAM actions of the SDK commands that esbuild left in a bundle, those aside that the clients bring by themselves. */
function callsIn(folder: string): Set<string> {
  const { outputs } = metafile.parse(JSON.parse(readFileSync(path.join(folder, 'index.meta.json'), 'utf8')))
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs))
  const actions = inputs.flatMap(([file, { bytesInOutput }]) => {
    const [, service, command] = /client-([a-z0-9]+)\/.*\/commands\/(\w+)Command\.js$/.exec(file) ?? []
    return bytesInOutput === 0 || command === undefined ? [] : [`${service}:${ACTIONS[command] ?? command}`]
  })
  return new Set(actions.filter((action) => !OF_THE_CLIENTS.has(action)))
}

/** Where an API's operation is allowed by an action of another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  Invoke: 'InvokeFunction',
  SendMessageBatch: 'SendMessage',
}

const OF_THE_CLIENTS = new Set(['dynamodb:DescribeEndpoints', 's3:CreateSession'])
