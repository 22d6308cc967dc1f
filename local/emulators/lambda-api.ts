import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Outcome } from '../function-process.ts'
import { readBody, respond } from './body.ts'
import type { Emulator } from './emulator.ts'

/** The path of Invoke in the Lambda API. */
export const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations/

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: the largest payload, in bytes. */
const MAX_EVENT_BYTES = 1_048_576
const MAX_REQUEST_BYTES = 6_291_556

/** What can be invoked. Payloads and results are JSON text. */
export interface Invocable {
  /** Runs it and waits for the outcome. */
  invoke(payload: string): Promise<Outcome>
  /** Runs it when a process is free; nobody waits for the outcome. */
  enqueue(payload: string): void
}

/** The Invoke call of the Lambda API, for the unmodified SDK: `Event` is answered with 202, `RequestResponse` with the result. */
export function lambdaApi(find: (functionName: string) => Invocable | undefined): Emulator {
  return {
    handle: (request, response) => invoke(find, request, response),
    close: async () => {},
  }
}

async function invoke(
  find: (functionName: string) => Invocable | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = functionName(request.url ?? '')
  const target = find(name)
  const isEvent = request.headers['x-amz-invocation-type'] === 'Event'
  const maxBytes = isEvent ? MAX_EVENT_BYTES : MAX_REQUEST_BYTES
  const body = await readBody(request, maxBytes)

  if (target === undefined) return refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${name}`)
  if (body === undefined) {
    return refuse(response, 413, 'RequestTooLargeException', `Request must be at most ${maxBytes} bytes`)
  }
  const payload = body.length === 0 ? '{}' : body.toString('utf8')
  if (!isJson(payload))
    return refuse(response, 400, 'InvalidRequestContentException', 'Could not parse payload into JSON')

  if (isEvent) {
    target.enqueue(payload)
    return respond(response, 202, '')
  }
  const outcome = await target.invoke(payload)
  const version = { 'x-amz-executed-version': '$LATEST' }
  if (outcome.error === undefined) return respond(response, 200, outcome.payload, version)
  respond(response, 200, JSON.stringify(outcome.error), { ...version, 'x-amz-function-error': 'Unhandled' })
}

/** The function's name from a path that holds a name or an ARN, perhaps with a qualifier. */
function functionName(path: string): string {
  const text = decodeURIComponent(INVOKE_PATH.exec(path)?.[1] ?? '')
  const parts = text.split(':')
  return (parts.length >= 7 ? parts[6] : parts[0]) ?? ''
}

function refuse(response: ServerResponse, status: number, name: string, message: string): void {
  respond(response, status, JSON.stringify({ Type: 'User', Message: message }), { 'x-amzn-errortype': name })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
