import { z } from 'zod'

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d+)(ms|s|m|h|d)$/

/** The milliseconds of a duration such as `30s` or `3d`; undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** A duration between two durations, both inclusive; parses to milliseconds. */
export function duration(least: string, most: string) {
  const [leastMs, mostMs] = [durationMs(least) ?? 0, durationMs(most) ?? Number.POSITIVE_INFINITY]
  return z
    .string()
    .meta({ pattern: DURATION.source, description: `a duration from ${least} to ${most}, such as 30s, 5m, 24h or 3d` })
    .transform((text, context) => {
      const ms = durationMs(text)
      if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms
      context.addIssue({ code: 'custom', message: `must be a duration from ${least} to ${most}`, input: text })
      return z.NEVER
    })
}

/** The id of a source or destination: the last part of its parameter's name. */
export const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must match [a-z0-9][a-z0-9-]{0,62}')

/** A reference to a secret. A plain string here is a mistake whose value is never printed. */
export const secretRef = z
  .strictObject({ secret: z.string().regex(/^[A-Za-z0-9_./:-]+$/, 'must be the name of a secret') })
  .meta({
    id: 'SecretReference',
    description: 'the name of a parameter under <prefix>/secrets/, never the value itself',
  })

/** A plain string or a reference to a secret. */
export const textOrSecret = z.union([z.string(), secretRef])

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** An https URL without credentials in it. `http` is accepted on loopback, which only a local run can reach. */
export const httpsUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const problem =
    url === undefined
      ? 'must be an absolute URL'
      : url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))
        ? 'must be an https URL'
        : url.username !== '' || url.password !== ''
          ? 'must not contain a user name or password'
          : url.hash !== ''
            ? 'must not contain a fragment'
            : undefined
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, input: text })
})
