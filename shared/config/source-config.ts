import { z } from 'zod'
import type { Timestamp } from '../contracts/event.ts'
import { duration, id } from '../contracts/settings.ts'
import type { AnySource } from '../contracts/source.ts'
import { fromMs, toMs } from '../contracts/time.ts'
import { cidrs } from './cidrs.ts'
import { fingerprint } from './fingerprint.ts'
import { invalid, readConfig } from './read-config.ts'

/** A source's configuration, checked and with every default filled in. */
export interface SourceConfig {
  readonly id: string
  readonly type: string
  readonly source: AnySource
  /** The type's own fields, as its schema gives them; what the functions of `source` take as `config`. */
  readonly own: Readonly<Record<string, unknown>>
  /** At least one; no id twice. */
  readonly destinations: readonly string[]
  readonly everyMs: number
  /** A time is in UTC with milliseconds. */
  readonly startFrom: 'now' | 'earliest' | Timestamp
  readonly enabled: boolean
  readonly settleMs: number
  readonly overlapMs: number
  readonly sweep: { readonly everyMs: number; readonly backMs: number } | false
  /** CIDR ranges that may be reached although they are not public. */
  readonly allowPrivateNetworks: readonly string[]
  /** A hash of what is read: the type and the source's `identity`. Another one means another log. */
  readonly fingerprint: string
}

/**
 * The fields that every source has.
 *
 * @param leastEvery the shortest interval: polling more often than once a minute is for local runs
 */
export function sourceFields(leastEvery: '1m' | '1s') {
  return z.strictObject({
    $schema: z.string().optional().describe('the address of the JSON Schema, for editors'),
    type: z.string().describe('which vendor is read'),
    destinations: z
      .array(id)
      .min(1)
      .superRefine(refuseRepeats)
      .describe('the ids of the destinations that get the events; one or more'),
    every: duration(leastEvery, '24h')
      .prefault('1m')
      .describe('how often the vendor is asked, from 1m to 24h; a local run may go down to 1s'),
    startFrom: z
      .union([z.enum(['now', 'earliest']), startTime])
      .default('now')
      .describe('where the first run begins: `now`, `earliest` (what the vendor still has) or an RFC 3339 time'),
    enabled: z.boolean().default(true).describe('false: not polled; the position is kept'),
    settle: duration('0s', '1h')
      .optional()
      .describe('how far reading stays behind the clock, so that slow commits are in; up to 1h. Default: by type'),
    overlap: duration('0s', '24h')
      .optional()
      .describe('how far each run re-reads behind the last one; repeats are dropped; up to 24h. Default: by type'),
    sweep: sweep.optional().describe('the re-read for events that appear late, or `false`. Default: by type'),
    allowPrivateNetworks: cidrs
      .default([])
      .describe('CIDR ranges of private addresses that may be reached, for a vendor hosted by yourself'),
  })
}

const startTime = z.iso.datetime({ offset: true, error: 'must be "now", "earliest" or an RFC 3339 time' })

const sweep = z.union([
  z.literal(false),
  z.strictObject({
    every: duration('1m', '30d').optional().describe('how often, from 1m to 30d'),
    back: duration('1m', '30d').optional().describe('how far back, from 1m to 30d'),
  }),
])

/**
 * Reads the configuration of one source.
 *
 * @param parameter the parameter's name, `<prefix>/sources/<id>`, or a file's path, `<dir>/sources/<id>.json`
 * @param registry all known sources by type
 * @param more.local allows `every` down to 1s
 * @throws Fault `configuration-invalid`, one line per problem: parameter, field, wanted, found. No line holds a secret
 */
export function parseSource(
  parameter: string,
  text: string,
  registry: Readonly<Record<string, AnySource>>,
  more: { local?: boolean } = {},
): SourceConfig {
  const read = readConfig(parameter, text, registry, sourceFields(more.local === true ? '1s' : '1m'))
  const { entry: source, common, own } = read
  const { traits } = source
  if (typeof common.sweep === 'object' && traits.sweep === undefined) {
    throw invalid(parameter, [`sweep must be false or absent: ${source.type} cannot be read again by time`])
  }
  return {
    id: read.id,
    type: source.type,
    source,
    own,
    destinations: common.destinations,
    everyMs: common.every,
    startFrom:
      common.startFrom === 'now' || common.startFrom === 'earliest' ? common.startFrom : fromMs(toMs(common.startFrom)),
    enabled: common.enabled,
    settleMs: common.settle ?? traits.settleMs,
    overlapMs: common.overlap ?? traits.overlapMs,
    sweep: sweepOf(common.sweep, traits.sweep),
    allowPrivateNetworks: common.allowPrivateNetworks,
    fingerprint: fingerprint({ type: source.type, identity: source.identity(own) }),
  }
}

function sweepOf(
  wanted: z.output<typeof sweep> | undefined,
  byType: AnySource['traits']['sweep'],
): SourceConfig['sweep'] {
  if (wanted === false || byType === undefined) return false
  return { everyMs: wanted?.every ?? byType.everyMs, backMs: wanted?.back ?? byType.backMs }
}

function refuseRepeats(ids: readonly string[], context: z.core.$RefinementCtx): void {
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined)
    context.addIssue({
      code: 'custom',
      message: `must name each destination once: found "${repeated}" twice`,
      input: ids,
    })
}
