import { createHash } from 'node:crypto'
import { Agent } from 'undici'
import type { TlsOptions } from '../contracts/http.ts'
import { guardedConnector, type Resolve } from './connect.ts'
import { secureContextOf } from './secure-context.ts'

/** How long a connection is kept open for the next request; receivers commonly close idle ones after 5 s or more. */
const KEEP_ALIVE_MS = 4_000

interface AgentUse {
  readonly agent: Agent
  /** Set when a request begins or ends. */
  usedAtMs: number
}

/** @throws Fault `configuration-invalid` when `tls` cannot be used */
type AgentFor = (allowed: readonly string[], tls: TlsOptions | undefined) => AgentUse

/**
 * One agent for each set of allowed ranges and each way to secure a connection, because a kept connection is not checked again: it
 * must not serve a request that could not have opened it, nor one that another client certificate speaks for.
 */
export function agents(local: boolean, resolve: Resolve): AgentFor {
  const kept = new Map<string, AgentUse>()

  return (allowed, tls) => {
    const ranges = [...allowed].sort().join(' ')
    const key = tls === undefined ? ranges : `${ranges} ${digestOf(tls)}`
    const found = kept.get(key)
    if (found !== undefined && isFresh(found)) return found
    // Lambda freezes the process between invocations: timers stand still while the other side closes what is idle, and the
    // next request would go out on a dead connection. So nothing idle outlives the keep-alive time by the wall clock.
    forgetIdle(kept)
    const secureContext = tls === undefined ? undefined : secureContextOf(tls)
    const connect = guardedConnector({ allowed, local }, resolve, secureContext)
    const agent = new Agent({ connect, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS })
    const use = { agent, usedAtMs: Date.now() }
    kept.set(key, use)
    return use
  }
}

/** Those of certificates that have been replaced among them. Requests that are under way are finished. */
function forgetIdle(kept: Map<string, AgentUse>): void {
  for (const [key, use] of kept) {
    if (isFresh(use)) continue
    kept.delete(key)
    void use.agent.close()
  }
}

function isFresh({ usedAtMs }: AgentUse): boolean {
  return Date.now() - usedAtMs < KEEP_ALIVE_MS
}

function digestOf({ certificate, key, ca }: TlsOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([certificate, key, ca]))
    .digest('base64')
}
