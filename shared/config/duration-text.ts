const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

/** The duration as a configuration writes it, in the largest unit that is exact: 90 minutes are `90m`. */
export function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['s', 1_000]
  return `${ms / size}${unit}`
}

/** The duration for reading, in its two largest units and never rounded up: `3h 12m`. Below a second: `0s`. */
export function roughDuration(ms: number): string {
  const first = UNITS.findIndex(([unit, size]) => unit !== 'ms' && ms >= size)
  if (first === -1) return '0s'
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of UNITS.slice(first, Math.min(first + 2, UNITS.length - 1))) {
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count}${unit}`)
    rest -= count * size
  }
  return parts.join(' ')
}
