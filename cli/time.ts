import { durationMs } from '../shared/contracts/settings.ts'
import { fromMs, timestamp, toMs } from '../shared/contracts/time.ts'
import { UsageError } from './command.ts'

/**
 * An instant as a person writes it: RFC 3339, or a duration that is counted back from now, such as `24h`.
 *
 * @param option is what the complaint names, such as `--from`
 * @throws UsageError for any other text, and for an instant that has not come yet
 */
export function instant(option: string, text: string, now: Date): string {
  const back = durationMs(text)
  if (back !== undefined) return fromMs(now.getTime() - back)
  if (!timestamp.safeParse(text).success) {
    throw new UsageError(
      `Cannot use ${option} "${text}": wanted a time such as 2026-05-01T10:00:00Z, or a duration ago such as 24h`,
    )
  }
  if (toMs(text) > now.getTime()) throw new UsageError(`Cannot use ${option} "${text}", which has not come yet`)
  return fromMs(toMs(text))
}
