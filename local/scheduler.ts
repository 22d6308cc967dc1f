import { setTimeout as sleep } from 'node:timers/promises'

/** What EventBridge Scheduler replaces with the time of the tick, as RFC 3339 in whole seconds. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>'

/** The payload of the tick at `at`: the schedule's input with the tick's time in it. */
export function tickPayload(input: string, at: Date): string {
  return input.replaceAll(SCHEDULED_TIME, `${at.toISOString().slice(0, 19)}Z`)
}

/**
 * Calls `tick` as soon as the caller has gone on, and then every `everySeconds`. One at a time: while a tick is slow, those that fall due are left out,
 * because the next one does all that is due.
 *
 * @returns a function that ends it, and returns when the tick under way is over
 */
export function startTicking(everySeconds: number, tick: (at: Date) => Promise<void>): () => Promise<void> {
  const end = new AbortController()
  const ticking = run(everySeconds * 1000, tick, end.signal)
  return async () => {
    end.abort()
    await ticking
  }
}

async function run(everyMs: number, tick: (at: Date) => Promise<void>, signal: AbortSignal): Promise<void> {
  const startMs = Date.now()
  await sleep(0)
  while (!signal.aborted) {
    await tick(new Date())
    const elapsedMs = Date.now() - startMs
    await sleep(everyMs - (elapsedMs % everyMs), undefined, { signal }).catch(() => {})
  }
}
