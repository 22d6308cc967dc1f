import { z } from 'zod'

/** Never reachable, whatever is configured: Lambda's runtime API is on loopback, the metadata services on link-local. */
const NEVER = /^(127\.|169\.254\.|::1\/|fe[89ab][0-9a-f]:)/i

/** Ranges of addresses, such as `10.1.0.0/16` or `fd12::/32`. */
export const cidrs = z.array(
  z
    .string()
    .refine((text) => RANGE.safeParse(text).success, 'must be a CIDR range such as 10.1.0.0/16')
    .refine((text) => !NEVER.test(text), 'must not be a loopback or link-local range, which is never reachable'),
)

const RANGE = z.union([z.cidrv4(), z.cidrv6()])
