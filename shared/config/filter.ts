import { z } from 'zod'

const pattern = z
  .string()
  .regex(/^[A-Za-z0-9_.*]+$/, 'must be an event type such as tines.event, in which * stands for any characters')

/** Which events a destination gets. */
export const filter = z
  .strictObject({
    types: z
      .array(pattern)
      .min(1)
      .default(['*'])
      .describe('only events whose type matches one of these; `*` stands for any characters, dots included'),
    exclude: z.array(pattern).default([]).describe('and none whose type matches one of these'),
  })
  .prefault({})
  .describe('which events this destination gets')

export type Filter = z.infer<typeof filter>

const OWN = 'pollhook.'

/**
 * Whether a destination with this filter gets an event of this type.
 *
 * pollhook's own events, such as `pollhook.gap`, are not subject to `types`: a gap must not go unsaid because somebody
 * asked for `merge.*`. An `exclude` that matches them keeps them away.
 */
export function matches({ types, exclude }: Filter, eventType: string): boolean {
  if (exclude.some((glob) => fits(glob, eventType))) return false
  return eventType.startsWith(OWN) || types.some((glob) => fits(glob, eventType))
}

/** `*` stands for any characters, none and dots included; everything else for itself. No regular expression, so no backtracking. */
function fits(glob: string, text: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return glob === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
