import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FromFunction, FunctionError, Invocation } from './function-process.ts'

/**
 * The program of a function's process: what the Lambda runtime is to a handler. It loads the bundle, then runs one invocation
 * at a time and reports each outcome to the parent.
 */
new Worker(new URL('./parent-watch.ts', import.meta.url)).unref()
// A terminal sends Ctrl-C to the whole process group; the parent decides when a function ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

type Handler = (event: unknown, context: object) => unknown

const handler = await load().catch((error: unknown) => {
  report({ type: 'broken', error: describe(error) })
  return undefined
})
if (handler !== undefined) {
  process.on('message', (invocation: Invocation) => void run(handler, invocation))
  report({ type: 'ready' })
}

/** The handler named as Lambda names it: `<file>.<export>` in the task's folder. */
async function load(): Promise<Handler> {
  const [file, name] = `${process.env._HANDLER}`.split('.')
  const path = join(`${process.env.LAMBDA_TASK_ROOT}`, `${file}.mjs`)
  const bundle: Record<string, unknown> = await import(pathToFileURL(path).href)
  const found = bundle[`${name}`]
  if (typeof found !== 'function') throw new TypeError(`Cannot start ${path}: found no exported function ${name}`)
  return found as Handler
}

async function run(handler: Handler, invocation: Invocation): Promise<void> {
  const { requestId, payload, deadlineMs } = invocation
  try {
    const result = await handler(JSON.parse(payload), context(requestId, deadlineMs))
    report({ type: 'result', payload: JSON.stringify(result) ?? 'null' })
  } catch (error) {
    report({ type: 'error', error: describe(error) })
  }
}

function context(requestId: string, deadlineMs: number): object {
  const functionName = `${process.env.AWS_LAMBDA_FUNCTION_NAME}`
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env.AWS_REGION}:000000000000:function:${functionName}`,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/${process.pid}`,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

function report(message: FromFunction): void {
  process.send?.(message)
}
