/** Holds records back until readers may see them. */
export class Pending<R> {
  /** By the instant from which they are seen, in the order of their arrival where that is the same. */
  readonly #held: { readonly record: R; readonly visibleMs: number }[] = []

  hold(record: R, visibleMs: number): void {
    let at = this.#held.length
    while (at > 0 && (this.#held[at - 1]?.visibleMs ?? 0) > visibleMs) at--
    this.#held.splice(at, 0, { record, visibleMs })
  }

  /** Takes out what is visible at `nowMs`, in the order in which it became so. */
  release(nowMs: number): R[] {
    const first = firstIndex(this.#held.length, (index) => (this.#held[index]?.visibleMs ?? 0) > nowMs)
    return this.#held.splice(0, first).map(({ record }) => record)
  }
}

/** The first index in `[0, length]` for which the condition holds, when it holds for all that follow. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
