import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import { Fault } from '../contracts/fault.ts'
import { checkAddress, isLoopback } from './address.ts'

/** All addresses of a host name. Rejects as `dns.promises.lookup` does. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** Which addresses may be connected to. */
export interface AddressRule {
  /** CIDR ranges that may be reached although they are not public. */
  readonly allowed: readonly string[]
  /** True in a local run: loopback may be reached, also over plain http. */
  readonly local: boolean
}

const CONNECT_TIMEOUT_MS = 10_000

type Callback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/**
 * Opens connections to addresses that were checked, and to no others: every address that a name resolves to is checked, and
 * the connection is made to one of these very addresses, so an answer that changes between two look-ups gains nothing.
 *
 * The callback gets a Fault `blocked-address` when one of them may not be reached.
 *
 * @param secureContext of https connections; undefined for the usual one
 */
export function guardedConnector(
  rule: AddressRule,
  resolve: Resolve,
  secureContext?: SecureContext,
): buildConnector.connector {
  const connectorFor = (protocol: string) => {
    const lookup = (host: string, options: LookupOptions, callback: Callback) => {
      lookUp(host, protocol).then(
        (addresses) => answer(addresses, options, callback),
        (error) => callback(error, []),
      )
    }
    const secured = secureContext !== undefined && { secureContext }
    // Why not HTTP/2: docs/decisions/051-http-1.md.
    return buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS, lookup, ...secured })
  }

  async function lookUp(host: string, protocol: string): Promise<readonly LookupAddress[]> {
    const addresses = await resolve(host)
    const refusal = addresses.map(({ address }) => refusalOf(host, address, protocol, rule)).find(Boolean)
    if (refusal !== undefined) throw refusal
    if (addresses.length === 0) throw Object.assign(new Error('No address'), { code: 'ENODATA' })
    return addresses
  }

  const [plain, secure] = [connectorFor('http:'), connectorFor('https:')]
  return (options, callback) => {
    const host = options.hostname.replace(/^\[(.*)\]$/, '$1')
    // A literal address is never looked up.
    const refusal = isIP(host) === 0 ? undefined : refusalOf(host, host, options.protocol, rule)
    if (refusal !== undefined) callback(refusal, null)
    else if (options.protocol === 'https:') secure(options, callback)
    else plain(options, callback)
  }
}

function answer(addresses: readonly LookupAddress[], options: LookupOptions, callback: Callback): void {
  const [first] = addresses
  if (options.all === true) callback(null, [...addresses])
  else callback(null, first?.address ?? '', first?.family)
}

function refusalOf(
  host: string,
  address: string,
  protocol: string,
  { allowed, local }: AddressRule,
): Fault | undefined {
  const kind = checkAddress(address, allowed, local)
  if (kind !== undefined) {
    const wanted = 'wanted a public address, or a range of allowPrivateNetworks'
    return new Fault('blocked-address', `Cannot connect to ${host}: found the ${kind} address ${address}, ${wanted}`)
  }
  if (protocol === 'https:' || (local && isLoopback(address))) return undefined
  return new Fault('blocked-address', `Cannot connect to ${host}: found http, wanted https`)
}
