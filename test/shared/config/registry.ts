import { z } from 'zod'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { httpsUrl, secretRef, textOrSecret } from '../../../shared/contracts/settings.ts'
import type { AnySource, SourceTraits } from '../../../shared/contracts/source.ts'

const never = () => {
  throw new TypeError('reading a configuration calls nothing but identity()')
}

const traits: SourceTraits = {
  settleMs: 30_000,
  overlapMs: 300_000,
  sweep: { everyMs: 86_400_000, backMs: 172_800_000 },
  retentionMs: undefined,
  requestsPerMinute: 60,
  pageSize: { initial: 100, least: 10 },
}

const source = { position: z.unknown(), traits, begin: never, reached: never, request: never, authorize: never }
const rest = { parse: never, advance: never, rewind: never }

/** A vendor with a field of every kind. */
const orchard: AnySource = {
  ...source,
  ...rest,
  type: 'orchard',
  config: z
    .strictObject({
      baseUrl: httpsUrl.describe('the tenant, such as `https://apple.orchard.example`'),
      apiKey: secretRef.describe('an API key'),
      tokenId: textOrSecret.optional().describe('a token id'),
      feed: z.enum(['events', 'audit_logs']).default('events').describe('which log is read'),
      organizationId: z.uuid().optional(),
      teamId: z.int().min(1).optional(),
    })
    .refine(
      ({ tokenId, teamId }) => tokenId === undefined || teamId === undefined,
      'must not have both tokenId and teamId',
    ),
  identity: ({ baseUrl, feed }) => ({ baseUrl, feed }),
}

/** A vendor that cannot be read again by time. */
const stream: AnySource = {
  ...source,
  ...rest,
  type: 'stream',
  config: z.strictObject({ token: secretRef }),
  traits: { ...traits, sweep: undefined },
  identity: () => ({}),
}

const hook: AnyDestination = {
  type: 'hook',
  config: z.strictObject({
    url: httpsUrl,
    format: z.enum(['standard', 'raw']).default('standard').describe('how events stand in the body'),
    signing: z
      .union([
        z.strictObject({ scheme: z.literal('keys'), keys: z.array(secretRef).min(1) }),
        z.strictObject({ scheme: z.literal('hmac'), secret: secretRef, header: z.string() }),
      ])
      .optional(),
  }),
  batch: { maxEvents: 10, maxBytes: 245_760 },
  storesOnce: false,
  keepsOrder: true,
  maxEventsPerRequest: ({ format }) => (format === 'standard' ? 1 : undefined),
  request: never,
  outcome: never,
}

export const SOURCES: Readonly<Record<string, AnySource>> = { orchard, stream }
export const DESTINATIONS: Readonly<Record<string, AnyDestination>> = { hook }
