import { lookup } from 'node:dns/promises'
import type { Agent, Dispatcher } from 'undici'
import metadata from '../../package.json' with { type: 'json' }
import { Fault } from '../contracts/fault.ts'
import type { HttpRequest, HttpResponse, Send, SendOptions } from '../contracts/http.ts'
import { agents } from './agents.ts'
import { BodyTooLarge, decodeBody } from './body.ts'
import type { Resolve } from './connect.ts'
import { unreachable } from './unreachable.ts'

const DEFAULT_HEADERS = { 'accept-encoding': 'gzip', 'user-agent': `pollhook/${metadata.version}` }

export interface ClientOptions {
  /** True in a local run, and nowhere else: loopback may be reached, also over http. */
  readonly local: boolean
  /** Default: the system's resolver. */
  readonly resolve?: Resolve
}

/**
 * The one HTTP client, for vendors and receivers alike: https, no redirects, no retries, a limit on time and size, and no
 * connection to an address that is not public.
 *
 * `accept-encoding` and `user-agent` have defaults that a request may override. The URL is sent character by character, since a
 * signature may cover it.
 */
export function createSend({ local, resolve = systemResolve }: ClientOptions): Send {
  const agentFor = agents(local, resolve)

  return async function send(request, options) {
    const { origin, host, path } = targetOf(request, local)
    const use = agentFor(options.allowPrivateNetworks ?? [], options.tls)
    try {
      return await exchange(use.agent, { origin, path }, request, options)
    } catch (error) {
      throw faultOf(error, host, options)
    } finally {
      use.usedAtMs = Date.now()
    }
  }
}

/** @throws Fault `too-large`, or `unreachable` for a body that cannot be decompressed, each with the answer's status; TimedOut, or what undici throws */
async function exchange(
  agent: Agent,
  target: { readonly origin: string; readonly path: string },
  request: HttpRequest,
  { maxBytes, timeoutMs }: SendOptions,
): Promise<HttpResponse> {
  const { status, headers, bytes } = await collectAnswer(agent, target, request, { maxBytes, timeoutMs })
  try {
    if (bytes === undefined) throw new BodyTooLarge()
    return { status, headers, body: await decodeBody(bytes, headers['content-encoding'], maxBytes) }
  } catch (error) {
    const { host } = new URL(target.origin)
    if (error instanceof BodyTooLarge) throw tooLarge(host, maxBytes, status, headers.date)
    // The answer is whole, and its status is known, whatever its body would have said.
    throw unreachable(host, codeOf(error), status)
  }
}

/** The time for the whole of it is up. */
class TimedOut extends Error {}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  /** Undefined when there were more than asked for. */
  readonly bytes: Buffer | undefined
}

/** Dispatches and listens, because a body stream and an abort signal cost more than a small answer itself. */
function collectAnswer(
  agent: Agent,
  target: { readonly origin: string; readonly path: string },
  { method, headers, body }: HttpRequest,
  { maxBytes, timeoutMs }: Pick<SendOptions, 'maxBytes' | 'timeoutMs'>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let [status, answered, received] = [0, {} as Record<string, string>, 0]
    const parts: Buffer[] = []
    const timer = setTimeout(() => end(() => reject(new TimedOut()), new TimedOut()), timeoutMs)
    let isOver = false
    const end = (settle: () => void, abortWith?: Error) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      settle()
      if (abortWith !== undefined) controller?.abort(abortWith)
    }
    const all = { ...DEFAULT_HEADERS, ...headers }
    const limits = { headersTimeout: 0, bodyTimeout: 0 } // the timer limits the whole
    agent.dispatch(
      { ...target, method, headers: all, body: body ?? null, ...limits },
      {
        onRequestStart(started) {
          controller = started
          if (isOver) started.abort(new TimedOut())
        },
        onResponseStart(_, statusCode, responseHeaders) {
          if (statusCode < 200) return
          status = statusCode
          answered = flatten(responseHeaders)
        },
        onResponseData(_, chunk) {
          received += chunk.length
          parts.push(chunk)
          if (received <= maxBytes) return
          end(() => resolve({ status, headers: answered, bytes: undefined }), new BodyTooLarge())
        },
        onResponseEnd() {
          end(() => resolve({ status, headers: answered, bytes: Buffer.concat(parts, received) }))
        },
        onResponseError(_, error) {
          end(() => reject(error))
        },
      },
    )
  })
}

async function systemResolve(hostname: string) {
  return lookup(hostname, { all: true })
}

/** @throws Fault `blocked-address` for anything but https, or http in a local run; the connector holds http to loopback */
function targetOf({ url }: HttpRequest, local: boolean): { origin: string; host: string; path: string } {
  const { protocol, username, password, origin, host, pathname, search } = new URL(url)
  if (protocol !== 'https:' && !(local && protocol === 'http:')) {
    throw new Fault('blocked-address', `Cannot connect to ${host}: found ${protocol.slice(0, -1)}, wanted https`)
  }
  if (username !== '' || password !== '') {
    const text = `Cannot connect to ${host}: found a user name or password in the URL, wanted none`
    throw new Fault('blocked-address', text)
  }
  // URL escapes some characters, such as ' in a query, and a signature covers the URL as it was built.
  const [, verbatim] = /^https?:\/\/[^/?#\\\s]+(\/[\x21\x22\x24-\x7e]*)/i.exec(url) ?? []
  const end = verbatim === undefined ? -1 : url.indexOf(verbatim) + verbatim.length
  const isWhole = verbatim !== undefined && (end === url.length || url[end] === '#')
  return { origin, host, path: isWhole ? verbatim : `${pathname}${search}` }
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  )
  return Object.fromEntries(entries)
}

function faultOf(error: unknown, host: string, { timeoutMs }: SendOptions): Fault {
  if (error instanceof Fault) return error
  if (error instanceof TimedOut) {
    const text = `Cannot read the answer of ${host}: found no complete one within ${timeoutMs} ms, wanted one`
    return new Fault('timed-out', text)
  }
  const code = codeOf(error)
  if (code === 'UND_ERR_INVALID_ARG') {
    // Commonly a line break at the end of a secret. undici's text may quote, so it is not repeated.
    const text = `Cannot send to ${host}: found a header that HTTP does not allow, wanted printable characters only`
    return new Fault('configuration-invalid', text)
  }
  return unreachable(host, code)
}

function tooLarge(host: string, maxBytes: number, status: number, date: string | undefined): Fault {
  const text = `Cannot read the answer of ${host}: found more than ${maxBytes} bytes, wanted at most that`
  return new Fault('too-large', text, { status, date })
}

/** The code alone: the message may quote the request or the answer. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}
