import { Fault } from '../shared/contracts/fault.ts'

/** https://docs.aws.amazon.com/general/latest/gr/ssm.html: the largest value in each tier. */
const MAX_BYTES = { Standard: 4_096, Advanced: 8_192 } as const

/**
 * The cheapest tier that a value fits into.
 *
 * @param advanced whether parameters that cost money may be made
 * @throws Fault `configuration-invalid` with what to do, when it fits into none that may be used
 */
export function tierOf(name: string, value: string, advanced: boolean): keyof typeof MAX_BYTES {
  const bytes = Buffer.byteLength(value)
  if (bytes <= MAX_BYTES.Standard) return 'Standard'
  const found = `Cannot store ${name} as it has ${bytes} bytes`
  if (bytes > MAX_BYTES.Advanced) {
    throw new Fault(
      'configuration-invalid',
      `${found}: a parameter holds at most ${MAX_BYTES.Advanced}; split it into two`,
    )
  }
  if (advanced) return 'Advanced'
  const advice = 'shorten it, or allow the Advanced tier with --advanced, which AWS charges for'
  throw new Fault(
    'configuration-invalid',
    `${found}: a Standard parameter holds at most ${MAX_BYTES.Standard}; ${advice}`,
  )
}
