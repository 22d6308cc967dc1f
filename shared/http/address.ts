import { isIPv4, isIPv6 } from 'node:net'
import { Fault } from '../contracts/fault.ts'

/** An IP address as a number of 32 or 128 bits. */
interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

/** The addresses that begin with the first `length` bits of `value`. */
interface Range extends Address {
  readonly length: number
  readonly what: string
}

/** Loopback: reachable in a local run, and there only. */
const LOOPBACK = ranges({ '127.0.0.0/8': 'loopback', '::1/128': 'loopback' })

/**
 * Never opened by a configured range: in Lambda the runtime API is on loopback, and an unspecified address leads there too
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html); the metadata services are on link-local and, over IPv6,
 * in fd00:ec2::/32 (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
 */
const NEVER = [
  ...LOOPBACK,
  ...ranges({
    '0.0.0.0/8': 'unspecified',
    '169.254.0.0/16': 'link-local',
    '::/128': 'unspecified',
    'fe80::/10': 'link-local',
    'fd00:ec2::/32': 'instance metadata',
  }),
]

/**
 * Not reachable unless opened by a configured range: the IANA special-purpose registries
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry)
 * and multicast.
 */
const SPECIAL = [
  ...NEVER,
  ...ranges({
    '10.0.0.0/8': 'private',
    '100.64.0.0/10': 'carrier-grade NAT',
    '172.16.0.0/12': 'private',
    '192.0.0.0/24': 'IETF protocol',
    '192.0.2.0/24': 'documentation',
    '192.88.99.0/24': '6to4 relay',
    '192.168.0.0/16': 'private',
    '198.18.0.0/15': 'benchmarking',
    '198.51.100.0/24': 'documentation',
    '203.0.113.0/24': 'documentation',
    '224.0.0.0/4': 'multicast',
    '240.0.0.0/4': 'reserved',
    '64:ff9b::/96': 'NAT64',
    '64:ff9b:1::/48': 'local NAT64',
    '100::/64': 'discard',
    '2001::/32': 'Teredo',
    '2001:db8::/32': 'documentation',
    '2002::/16': '6to4',
    '3fff::/20': 'documentation',
    '5f00::/16': 'segment routing',
    'fc00::/7': 'unique local',
    'ff00::/8': 'multicast',
  }),
]

/** Of IPv6, what is not global unicast (RFC 4291) is not public, whether or not a registry names it. */
const [GLOBAL_UNICAST] = ranges({ '2000::/3': 'global unicast' })

/** Whether the address is one of the public Internet. Text that is not an IP address is not. */
export function isPublicAddress(ip: string): boolean {
  const address = parse(ip)
  return address !== undefined && specialRange(address) === undefined
}

/** Whether the address is the machine itself. */
export function isLoopback(ip: string): boolean {
  const address = parse(ip)
  return address !== undefined && rangeOf(address, LOOPBACK) !== undefined
}

/**
 * Decides whether a connection to the address may be opened.
 *
 * @param allowed CIDR ranges that are reachable although they are not public. They never open loopback, link-local or
 *   instance metadata, neither directly nor inside an IPv6 address that carries an IPv4 one
 * @param local true in a local run, which may reach loopback
 * @returns undefined when it may; otherwise what kind of address it is
 * @throws Fault `configuration-invalid` when `allowed` holds something else than ranges
 */
export function checkAddress(ip: string, allowed: readonly string[], local: boolean): string | undefined {
  const open = allowed.map(allowedRange)
  const address = parse(ip)
  if (address === undefined) return 'malformed'
  if (local && rangeOf(address, LOOPBACK) !== undefined) return undefined
  for (const each of [address, ...carried(address)]) {
    const never = rangeOf(each, NEVER)
    if (never !== undefined) return never.what
  }
  return rangeOf(address, open) === undefined ? specialRange(address) : undefined
}

function specialRange(address: Address): string | undefined {
  const special = rangeOf(address, SPECIAL)
  if (special !== undefined) return special.what
  return address.bits === 128 && rangeOf(address, [GLOBAL_UNICAST]) === undefined ? 'not global unicast' : undefined
}

function rangeOf(address: Address, list: readonly (Range | undefined)[]): Range | undefined {
  return list.find((range) => range !== undefined && contains(range, address))
}

function contains(range: Range, { bits, value }: Address): boolean {
  const rest = BigInt(range.bits - range.length)
  return range.bits === bits && range.value >> rest === value >> rest
}

/** The IPv4 addresses that a transition mechanism would take a packet to this IPv6 address to. */
function carried({ bits, value }: Address): Address[] {
  if (bits === 32) return []
  const tail = ipv4(value)
  const top32 = value >> 96n
  if (value >> 32n === 0n) return [tail] // IPv4-compatible
  if (value >> 32n === 0xffff_0000n) return [tail] // IPv4-translated, RFC 2765
  if (value >> 32n === 0x64_ff9b_0000_0000_0000_0000n) return [tail] // NAT64, RFC 6052
  if (value >> 80n === 0x64_ff9b_0001n) {
    // Local NAT64, RFC 8215: at the end, or, with zeros at the end, around the byte that RFC 6052 keeps zero in a /48.
    return [tail.value === 0n ? ipv4(((value >> 64n) << 16n) | ((value >> 40n) & 0xffffn)) : tail]
  }
  if (value >> 112n === 0x2002n) return [ipv4(value >> 80n)] // 6to4, RFC 3056
  if (top32 === 0x2001_0000n) return [ipv4(value >> 64n), ipv4(~value)] // Teredo, RFC 4380: server, and inverted client
  return []
}

function ipv4(value: bigint): Address {
  return { bits: 32, value: BigInt.asUintN(32, value) }
}

function allowedRange(cidr: string): Range {
  const range = parseRange(cidr, 'allowed')
  if (range !== undefined) return range
  const text = `Cannot use allowPrivateNetworks: found ${JSON.stringify(cidr)}, wanted a CIDR range such as 10.1.0.0/16`
  throw new Fault('configuration-invalid', text)
}

function ranges(table: Readonly<Record<string, string>>): Range[] {
  return Object.entries(table).flatMap(([cidr, what]) => parseRange(cidr, what) ?? [])
}

function parseRange(cidr: string, what: string): Range | undefined {
  const [ip = '', length = '', ...rest] = cidr.split('/')
  const address = parse(ip)
  if (address === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined
  return Number(length) <= address.bits ? { ...address, length: Number(length), what } : undefined
}

/** Undefined for any text that is not an address. An IPv4-mapped IPv6 address is its IPv4 address. */
function parse(ip: string): Address | undefined {
  const [text = ''] = ip.split('%') // a zone names an interface and is no part of the address
  if (isIPv4(text)) return { bits: 32, value: number(text.split('.'), 8n) }
  if (!isIPv6(text)) return undefined
  const value = ipv6Value(text)
  return value >> 32n === 0xffffn ? ipv4(value) : { bits: 128, value }
}

function ipv6Value(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted !== null) {
    const [, front = '', back = ''] = dotted
    return ipv6Value(`${front}0:0`) | number(back.split('.'), 8n)
  }
  const [head = [], tail = []] = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const groups = [...head, ...zeros, ...tail].map((group) => `0x${group}`)
  return number(groups, 16n)
}

function number(parts: readonly string[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n)
}
