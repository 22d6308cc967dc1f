import { z } from 'zod'

const address = z.union([z.ipv4(), z.ipv6()])

/**
 * The IP addresses in a text: the client first, then the proxies on its way, as in `X-Forwarded-For`. A port and a zone are left
 * out. What is no address is left out too, because Elasticsearch refuses a document for it.
 */
export function addressesIn(text: string | undefined): string[] | undefined {
  const found = (text ?? '').split(',').map(withoutPort).filter(isAddress)
  return found.length === 0 ? undefined : found
}

/** `192.0.2.1:443`, `[2001:db8::1]:443` and `fe80::1%eth0` without what follows the address. */
function withoutPort(text: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text.trim()) ?? []
  return (bracketed ?? dotted ?? text.trim()).replace(/%.*$/s, '')
}

function isAddress(text: string): boolean {
  return address.safeParse(text).success
}
