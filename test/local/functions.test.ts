import { describe, expect, it, onTestFinished } from 'vitest'
import type { FunctionError } from '../../local/function-process.ts'
import { LocalFunction } from '../../local/functions.ts'
import type { FunctionPlan } from '../../local/plan.ts'
import { bundle } from './bundle.ts'

/** The machine may be busy. */
const SOON = { timeout: 20_000 }

function run(plan: FunctionPlan, maxProcesses = 4) {
  const lines: string[] = []
  const failures: FunctionError[] = []
  const subject = new LocalFunction({
    plan,
    clientEnvironment: { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' },
    maxProcesses,
    onLine: (text, stream) => lines.push(`${stream}: ${text}`),
    onFailure: (error) => failures.push(error),
  })
  onTestFinished(() => subject.stop(0))
  const invoke = async (payload: unknown = {}) => {
    const { payload: result, error } = await subject.invoke(JSON.stringify(payload))
    return error === undefined ? JSON.parse(result) : error
  }
  return { subject, invoke, lines, failures }
}

describe('LocalFunction', () => {
  it('gives the handler the event and gives back its result', async () => {
    const { invoke } = run(bundle('async (event) => ({ sum: event.a + event.b })'))
    expect(await invoke({ a: 1, b: 2 })).toEqual({ sum: 3 })
  })

  it('gives back null for a handler that returns nothing', async () => {
    expect(await run(bundle('async () => {}')).invoke()).toBeNull()
  })

  it('gives the handler a context like that of Lambda', async () => {
    const code = `async (_, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() })`
    const context = await run(bundle(code, { name: 'poll', timeoutMs: 60_000, memoryMb: 512 })).invoke()
    expect(context).toMatchObject({
      functionName: 'poll',
      functionVersion: '$LATEST',
      memoryLimitInMB: '512',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:poll',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(context.remaining).toBeGreaterThan(30_000)
    expect(context.remaining).toBeLessThanOrEqual(60_000)
  })

  it('shows the function its own environment and nothing of the parent', async () => {
    process.env.POLLHOOK_TEST_OF_THE_PARENT = 'x'
    const plan = bundle('async () => process.env', { name: 'poll', environment: { POLLHOOK_TABLE: 'table' } })
    const environment = await run(plan).invoke()
    expect(environment).toEqual({
      POLLHOOK_TABLE: 'table',
      POLLHOOK_LOCAL: '1',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_LAMBDA_FUNCTION_NAME: 'poll',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      LAMBDA_TASK_ROOT: plan.folder,
      _HANDLER: 'index.handler',
      LANG: 'en_US.UTF-8',
      TZ: 'UTC',
    })
  })

  it('uses a warm process again', async () => {
    const { invoke } = run(bundle('async () => process.pid'))
    expect(await invoke()).toBe(await invoke())
  })

  it('runs one invocation at a time in a process, and several processes', async () => {
    const code = `(() => { let busy = 0; return async () => {
      busy += 1; const seen = busy; await new Promise((r) => setTimeout(r, 200)); busy -= 1
      return { pid: process.pid, seen } } })()`
    const { invoke } = run(bundle(code), 2)
    const results = await Promise.all([invoke(), invoke(), invoke(), invoke()])
    expect(results.map(({ seen }) => seen)).toEqual([1, 1, 1, 1])
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(2)
  })

  it('reports an error that the handler throws, and keeps the process', async () => {
    const code = `async ({ fail }) => { if (fail) throw new RangeError('too far'); return process.pid }`
    const { invoke, failures } = run(bundle(code))
    const pid = await invoke()
    expect(await invoke({ fail: true })).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' })
    expect(await invoke()).toBe(pid)
    expect(failures.map(({ errorType }) => errorType)).toEqual(['RangeError'])
  })

  it('ends a process at the time limit, even in a loop that never yields, and starts another', async () => {
    const plan = bundle('async ({ hang }) => { while (hang); return process.pid }', { timeoutMs: 3_000 })
    const { invoke } = run(plan)
    const pid = await invoke()
    expect(await invoke({ hang: true })).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'Task timed out after 3.00 seconds',
    })
    await expect.poll(() => isAlive(pid), SOON).toBe(false)
    expect(await invoke()).not.toBe(pid)
  })

  it('replaces a process that crashed', async () => {
    const { invoke } = run(bundle('async ({ crash }) => { if (crash) process.exit(7); return process.pid }'))
    const pid = await invoke()
    expect(await invoke({ crash: true })).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: 'The process exited with status 7',
    })
    expect(await invoke()).not.toBe(pid)
  })

  it('replaces a process that crashed while it had nothing to do', async () => {
    const { invoke } = run(bundle('async () => { setTimeout(() => process.exit(1), 50); return process.pid }'))
    const pid = await invoke()
    await expect.poll(() => isAlive(pid), SOON).toBe(false)
    expect(typeof (await invoke())).toBe('number')
  })

  it('ends a process that goes over its memory', async () => {
    const code = 'async () => { const all = []; for (;;) all.push(new Array(100_000).fill(all.length)) }'
    expect(await run(bundle(code, { memoryMb: 64 })).invoke()).toMatchObject({ errorType: 'Runtime.ExitError' })
  })

  it('reports a bundle that cannot be loaded, at every invocation', async () => {
    const { invoke } = run(bundle('1; throw new Error("no start")'))
    expect(await invoke()).toMatchObject({ errorMessage: 'no start' })
    expect(await invoke()).toMatchObject({ errorMessage: 'no start' })
  })

  it('reports a handler that is not there', async () => {
    const { invoke } = run(bundle('async () => {}', { handler: 'index.other' }))
    expect((await invoke()).errorMessage).toMatch(/found no exported function other$/)
  })

  it('passes on what the function writes, line by line', async () => {
    const { invoke, lines } = run(bundle(`async () => { console.log('one\\ntwo'); console.error('three') }`))
    await invoke()
    await expect.poll(() => [...lines].sort(), SOON).toEqual(['stderr: three', 'stdout: one', 'stdout: two'])
  })

  it('drops an event that waited for longer than its maximum age', async () => {
    const code = `async ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms))`
    const { subject, failures } = run(bundle(code, { maximumEventAgeMs: 50 }), 1)
    subject.enqueue('{"ms": 300}')
    subject.enqueue('{"ms": 0}')
    await expect.poll(() => subject.pending, SOON).toBe(0)
    expect(failures.map(({ errorMessage }) => errorMessage)).toEqual([
      'The event waited for a free process for longer than its maximum age',
    ])
  })

  it('lets what is running end when it is stopped, and starts nothing that waits', async () => {
    const code = `async ({ n }) => new Promise((resolve) => { console.log('begun'); setTimeout(() => resolve(n), 200) })`
    const { subject, lines } = run(bundle(code), 1)
    const [first, second] = [subject.invoke('{"n": 1}'), subject.invoke('{"n": 2}')]
    await expect.poll(() => lines, SOON).toEqual(['stdout: begun'])
    await subject.stop(10_000)
    expect((await first).payload).toBe('1')
    expect((await second).error?.errorMessage).toBe('The local run is stopping')
  })

  it('ends what is running when its time of grace is over', async () => {
    const { subject, lines } = run(bundle(`async () => { console.log('begun'); await new Promise(() => {}) }`))
    const outcome = subject.invoke('{}')
    await expect.poll(() => lines, SOON).toEqual(['stdout: begun'])
    await subject.stop(100)
    expect((await outcome).error?.errorType).toBe('Runtime.ExitError')
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
