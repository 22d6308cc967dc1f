import { setTimeout } from 'node:timers/promises'

/** Waits. Replaced in tests. */
export type Pause = (ms: number) => Promise<unknown>

/** The waits before each further attempt, each times 0.5 to 1.5: about 3 s in all. */
const WAITS_MS = [50, 100, 200, 400, 800, 1_600]

/**
 * Works off what AWS accepts only in part: calls `attempt` again with what it left undone, after a growing wait.
 *
 * @param attempt returns what it could not do
 * @returns what is still undone after the last attempt; empty when all is done
 */
export async function untilDone<T>(
  work: readonly T[],
  attempt: (work: readonly T[]) => Promise<readonly T[]>,
  pause: Pause = setTimeout,
): Promise<readonly T[]> {
  let undone = await attempt(work)
  for (const waitMs of WAITS_MS) {
    if (undone.length === 0) break
    await pause(waitMs * (0.5 + Math.random()))
    undone = await attempt(undone)
  }
  return undone
}
