import { z } from 'zod'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { Parts } from './parts.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const PATH = '/loki/api/v1/push'
const CREDENTIAL = `Basic ${Buffer.from('123456:glc_simulated-access-policy-token').toString('base64')}`
const MAX_AGE_MS = 7 * 86_400_000
const MAX_AHEAD_MS = 600_000
/** Half of `max_chunk_age`. */
const MAX_BEHIND_MS = 3_600_000
const MAX_LINE_BYTES = 262_144
const MAX_LABELS = 15

const labels = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(2_048))
const nanos = z.string().regex(/^\d{1,19}$/)
const metadata = z.record(z.string(), z.string())
const entry = z.union([z.tuple([nanos, z.string()]), z.tuple([nanos, z.string(), metadata])])
const push = z.strictObject({ streams: z.array(z.strictObject({ stream: labels, values: z.array(entry) })) })

export interface LokiOptions {
  readonly now?: () => Date
  /** Default: structured metadata is allowed. */
  readonly allowsMetadata?: boolean
}

/**
 * Grafana Loki as Grafana Cloud has it, as documented in "Loki HTTP API" and "Accept out-of-order writes", with the default
 * limits and the words of pkg/validation/validate.go. It stores the good entries of a request beside the bad ones, and an
 * exact repeat once.
 */
export function createLoki({ now = () => new Date(), allowsMetadata = true }: LokiOptions = {}): SimulatedReceiver {
  const stored: StoredEvent[] = []
  const seen = new Set<string>()
  /** The newest entry of each stream, in milliseconds. */
  const newest = new Map<string, number>()
  const parts = new Parts()

  const take = (stream: string, entry: Entry): string | undefined => {
    const problem = problemOfEntry(stream, entry, newest.get(stream) ?? 0, now(), allowsMetadata)
    if (problem !== undefined) return problem
    newest.set(stream, Math.max(newest.get(stream) ?? 0, msOf(entry[0])))
    const key = JSON.stringify([stream, entry])
    if (seen.has(key)) return undefined
    seen.add(key)
    stored.push(...storedEvents(entry, parts))
    return undefined
  }

  return {
    type: 'loki',
    settings: (url) => ({
      url,
      auth: { basic: { username: '123456', password: { secret: 'destinations/siem/token' } } },
    }),
    secrets: () => ({ 'destinations/siem/token': 'glc_simulated-access-policy-token' }),
    answer(request) {
      const refusal = refusalOf(request)
      if (refusal !== undefined) return refusal
      const body = push.safeParse(jsonIn(request.body.toString()))
      if (!body.success) return { status: 400, body: 'loghttp.PushRequest: readObjectStart: expect {' }
      const { streams } = body.data
      if (streams.length === 0)
        return { status: 422, body: 'error at least one valid stream is required for ingestion' }
      const problems = streams.flatMap(({ stream, values }) => {
        const problem = problemOfLabels(stream)
        if (problem !== undefined) return [problem]
        return values.flatMap((value) => take(JSON.stringify(Object.entries(stream).sort()), value) ?? [])
      })
      return problems.length === 0 ? { status: 204 } : { status: 400, body: problems.join('\n') }
    },
    stored: () => stored,
  }
}

type Entry = z.infer<typeof entry>

function refusalOf({ method, path, headers }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH) return { status: 404 }
  if (method !== 'POST') return { status: 405 }
  if (headers.authorization !== CREDENTIAL) return { status: 401, body: 'authentication error: invalid token' }
  return headers['content-type'] === 'application/json' ? undefined : { status: 400, body: 'not a snappy message' }
}

function problemOfLabels(stream: Readonly<Record<string, string>>): string | undefined {
  const count = Object.keys(stream).length
  if (count === 0) return 'error at least one label pair is required per stream'
  return count > MAX_LABELS ? `entry for stream '{}' has ${count} label names; limit ${MAX_LABELS}` : undefined
}

function problemOfEntry(
  stream: string,
  [nanos, line, metadata]: Entry,
  newestMs: number,
  now: Date,
  allowsMetadata: boolean,
): string | undefined {
  const [at, bytes] = [msOf(nanos), Buffer.byteLength(line)]
  if (metadata !== undefined && !allowsMetadata) {
    return `stream '${stream}' includes structured metadata, but this feature is disallowed. Please see \`limits_config.allow_structured_metadata\` or contact your Loki administrator to enable it.`
  }
  if (bytes > MAX_LINE_BYTES) {
    return `Max entry size '${MAX_LINE_BYTES}' bytes exceeded for stream '${stream}' while adding an entry with length '${bytes}' bytes`
  }
  if (at < now.getTime() - MAX_AGE_MS) return `entry for stream '${stream}' has timestamp too old: ${nanos}`
  if (at > now.getTime() + MAX_AHEAD_MS) return `entry for stream '${stream}' has timestamp too new: ${nanos}`
  return at < newestMs - MAX_BEHIND_MS
    ? `entry with timestamp ${nanos} ignored, reason: 'entry too far behind'`
    : undefined
}

function msOf(nanos: string): number {
  return Number(BigInt(nanos) / 1_000_000n)
}

/** An entry of pollhook's, with its id in structured metadata or in the line. */
function storedEvents([, line, metadata]: Entry, parts: Parts): StoredEvent[] {
  const { event_id: id, part, parts: count } = metadata ?? {}
  if (id === undefined) return [{ id: idIn(line), raw: line }]
  if (part === undefined || count === undefined) return [{ id, raw: line }]
  const whole = parts.add(id, Number(part), Number(count), line)
  return whole === undefined ? [] : [{ id, raw: whole }]
}

function idIn(line: string): string {
  const found = z.object({ id: z.string() }).safeParse(jsonIn(line))
  return found.success ? found.data.id : ''
}
