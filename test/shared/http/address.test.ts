import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkAddress, isLoopback, isPublicAddress } from '../../../shared/http/address.ts'

/** Every range that must not be reached, by its first and last address, and a public neighbour where there is one. */
const BLOCKED: readonly (readonly [range: string, first: string, last: string, kind: string])[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255', 'unspecified'],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', 'private'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255', 'carrier-grade NAT'],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255', 'loopback'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255', 'link-local'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', 'private'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255', 'IETF protocol'],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', 'documentation'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255', '6to4 relay'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255', 'private'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255', 'benchmarking'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255', 'documentation'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255', 'documentation'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255', 'multicast'],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255', 'reserved'],
  ['::/128', '::', '0:0:0:0:0:0:0:0', 'unspecified'],
  ['::1/128', '::1', '0:0:0:0:0:0:0:1', 'loopback'],
  ['64:ff9b::/96', '64:ff9b::101:101', '64:ff9b::dfff:ffff', 'NAT64'],
  ['64:ff9b:1::/48', '64:ff9b:1:101:1:100:101:101', '64:ff9b:1:dfff:ff:ff00:dfff:ffff', 'local NAT64'],
  ['100::/64', '100::', '100::ffff:ffff:ffff:ffff', 'discard'],
  ['2001::/32', '2001:0:101:101::', '2001:0:101:101:ffff:ffff:1:1', 'Teredo'],
  ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
  ['2002::/16', '2002:101:101::', '2002:dfff:ffff:ffff:ffff:ffff:ffff:ffff', '6to4'],
  ['3fff::/20', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
  ['5f00::/16', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'segment routing'],
  ['fc00::/7', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'unique local'],
  ['fe80::/10', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'link-local'],
  ['ff00::/8', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast'],
]

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  // The neighbours of blocked ranges.
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.0.3.0',
  '192.88.98.255',
  '192.88.100.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '198.51.99.255',
  '198.51.101.0',
  '203.0.112.255',
  '203.0.114.0',
  '223.255.255.255',
  '2000::',
  '2001:1::',
  '2001:db7:ffff::',
  '2001:db9::',
  '2003::',
  '3ffe:ffff::',
  '3fff:1000::',
]

/** Blocked although no range of the table names them, or in another spelling. */
const ALSO_BLOCKED: readonly (readonly [ip: string, kind: string])[] = [
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['0:0:0:0:0:ffff:127.0.0.1', 'loopback'],
  ['::FFFF:10.0.0.1', 'private'],
  ['::ffff:0.0.0.1', 'unspecified'],
  ['febf:ffff::dead:beef', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fd7a:115c:a1e0::1', 'unique local'],
  ['64:ff9b::808:808', 'NAT64'],
  ['64:ff9b::8.8.8.8', 'NAT64'],
  ['::8.8.8.8', 'not global unicast'],
  ['fec0::1', 'not global unicast'],
  ['4000::1', 'not global unicast'],
  ['1fff:ffff::1', 'not global unicast'],
  ['fd00:ec2::254', 'instance metadata'],
  ['', 'malformed'],
  ['localhost', 'malformed'],
  ['010.0.0.1', 'malformed'],
  ['2130706433', 'malformed'],
]

describe('isPublicAddress()', () => {
  test.each(PUBLIC)('%s is public', (ip) => {
    expect(isPublicAddress(ip)).toBe(true)
    expect(checkAddress(ip, [], false)).toBeUndefined()
  })

  test.each(BLOCKED)('%s is not public, from %s to %s', (_range, first, last, kind) => {
    for (const ip of [first, last]) {
      expect(isPublicAddress(ip)).toBe(false)
      expect(checkAddress(ip, [], false)).toBe(kind)
    }
  })

  test.each(ALSO_BLOCKED)('%s is not public', (ip, kind) => {
    expect(isPublicAddress(ip)).toBe(false)
    expect(checkAddress(ip, [], false)).toBe(kind)
  })

  test('an IPv4 address and its IPv4-mapped spelling are judged alike', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => isPublicAddress(ip) === isPublicAddress(`::ffff:${ip}`)),
      { numRuns: 500 },
    )
  })

  test('no IPv6 address outside 2000::/3 is public', () => {
    const outside = fc.ipV6().filter((ip) => !/^[23][0-9a-f]{3}:/i.test(ip) && !/ffff:\d+\.\d+\.\d+\.\d+$/i.test(ip))
    fc.assert(fc.property(outside, (ip) => /^(0*:)+ffff:/i.test(ip) || !isPublicAddress(ip)))
  })
})

describe('checkAddress() with allowed ranges', () => {
  test('a configured range opens its addresses and no others', () => {
    expect(checkAddress('10.1.2.3', ['10.1.0.0/16'], false)).toBeUndefined()
    expect(checkAddress('::ffff:10.1.2.3', ['10.1.0.0/16'], false)).toBeUndefined()
    expect(checkAddress('10.2.0.0', ['10.1.0.0/16'], false)).toBe('private')
    expect(checkAddress('fd12::1', ['10.1.0.0/16', 'fd12::/32'], false)).toBeUndefined()
    expect(checkAddress('192.168.7.7', ['192.168.7.7/32'], false)).toBeUndefined()
    expect(checkAddress('192.168.7.8', ['192.168.7.7/32'], false)).toBe('private')
  })

  test.each([
    ['127.0.0.1', '127.0.0.0/8', 'loopback'],
    ['127.0.0.1', '0.0.0.0/0', 'loopback'],
    ['169.254.169.254', '169.254.0.0/16', 'link-local'],
    ['0.0.0.0', '0.0.0.0/0', 'unspecified'],
    ['::1', '::/0', 'loopback'],
    ['::', '::/0', 'unspecified'],
    ['fe80::1', 'fe80::/10', 'link-local'],
    ['fd00:ec2::254', 'fc00::/7', 'instance metadata'],
    ['::ffff:127.0.0.1', '::/0', 'loopback'],
    ['::127.0.0.1', '::/0', 'loopback'],
    ['::ffff:0:127.0.0.1', '::/0', 'loopback'],
    ['64:ff9b::7f00:1', '64:ff9b::/96', 'loopback'],
    ['64:ff9b::a9fe:a9fe', '64:ff9b::/96', 'link-local'],
    ['64:ff9b:1::7f00:1', '64:ff9b:1::/48', 'loopback'],
    ['64:ff9b:1:7f00:0:100::', '64:ff9b:1::/48', 'loopback'],
    ['2002:7f00:1::', '2002::/16', 'loopback'],
    ['2001:0:7f00:1::', '2001::/32', 'loopback'],
    ['2001:0:101:101::80ff:fffe', '2001::/32', 'loopback'],
  ])('%s stays blocked although %s is allowed', (ip, cidr, kind) => {
    expect(checkAddress(ip, [cidr], false)).toBe(kind)
  })

  test('a transition address that carries a public one can be opened', () => {
    expect(checkAddress('64:ff9b::808:808', ['64:ff9b::/96'], false)).toBeUndefined()
  })

  test.each(['10.0.0.0/33', '10.0.0.0', 'fd00::/129', '10.0.0.0/8/8', 'intranet', '10.0.0.0/'])(
    'the text %s is a configuration fault',
    (cidr) => {
      expect(() => checkAddress('8.8.8.8', [cidr], false)).toThrow(
        expect.objectContaining({ kind: 'configuration-invalid' }),
      )
    },
  )
})

describe('checkAddress() in a local run', () => {
  test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('%s is reachable', (ip) => {
    expect(checkAddress(ip, [], true)).toBeUndefined()
    expect(isLoopback(ip)).toBe(true)
  })

  test.each(['0.0.0.0', '10.0.0.1', '169.254.169.254', '::', 'fe80::1', '64:ff9b::7f00:1'])(
    '%s stays blocked',
    (ip) => {
      expect(checkAddress(ip, [], true)).toBeTypeOf('string')
      expect(isLoopback(ip)).toBe(false)
    },
  )
})
