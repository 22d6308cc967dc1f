/** The time of a clock that all processes of this machine share, in milliseconds with fractions. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
