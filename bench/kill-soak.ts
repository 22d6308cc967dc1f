import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { simulatedBloodhound } from '../local/vendors/bloodhound.ts'
import { simulatedMerge } from '../local/vendors/merge.ts'
import { simulatedPolytomic } from '../local/vendors/polytomic.ts'
import { simulatedSmartsheet } from '../local/vendors/smartsheet.ts'
import { simulatedTines } from '../local/vendors/tines.ts'
import { configureHook, killTree, openVendors, SIGNING_KEY, start } from '../test/end-to-end/folder.ts'
import { Ledger } from '../test/end-to-end/ledger.ts'
import { Receiver, type Taken } from '../test/end-to-end/receiver.ts'
import { between } from './chance.ts'
import { keepWriting, Moods } from './kill-weather.ts'

/**
 * Runs the whole of pollhook between five simulated vendors and a receiver that flaps, kills it with SIGKILL every 3 to 10 s, all of its
 * processes at once, and starts it again, for `--seconds` (600). Then lets it run until the receiver has what the vendors wrote.
 * Ends with exit code 1 when an event is lost or altered, or a repeat differs from its first. `--keep` leaves the folder with
 * the state and the logs.
 *
 * How it ends in minutes although retries are hours apart: a failed event is tried again after 5 s, 5 min, 30 min and so on,
 * by its age. When the writing ends, the receiver is well, and then comes the last kill: a start takes back every message that is
 * due within the queue's visibility time-out of 6 min, and so all that wait for their second retry. Longer waits, of
 * messages that met a bad moment when they were older than 4 min, are cut by `giveUpAfter`: the last attempt is made at that age.
 * It is longer than the whole time in which the receiver is unwell, so that no event can be given up for that.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, keep: { type: 'boolean', default: false } },
})
const soakMs = Number(values.seconds) * 1000
if (!(soakMs > 0)) throw new RangeError(`Cannot soak for --seconds ${values.seconds}: wanted a number above 0`)

const MINUTE_MS = 60_000
/** The first start may have to build the functions. */
const FIRST_START_MS = 3 * MINUTE_MS
const STOP_MS = 30_000
const PROGRESS_MS = 15_000
const MOST_SHOWN = 20
const giveUpAfterMinutes = Math.ceil((FIRST_START_MS + soakMs) / MINUTE_MS) + 1
const limitMs = (giveUpAfterMinutes + 2) * MINUTE_MS

/** In milliseconds, so that the events of a burst share one instant; the other two have whole seconds, or ids. */
const COARSE = { resolution: 'milliseconds' } as const
const VENDORS = [
  simulatedPolytomic(COARSE),
  simulatedMerge(COARSE),
  simulatedBloodhound(COARSE),
  simulatedTines({ idsAbove: 2n ** 53n }),
  simulatedSmartsheet(),
]

const folder = mkdtempSync(join(tmpdir(), 'pollhook-kill-soak-'))
const log = openSync(join(folder, 'log'), 'a')
let run: ChildProcess | undefined
process.on('exit', cleanUp)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

await using owned = new AsyncDisposableStack()
const problems: string[] = []
let kills = 0
const moods = new Moods()
const receiver = new Receiver(SIGNING_KEY, () => moods.now)
owned.defer(() => receiver.close())
configureHook(folder, await receiver.listen(), { giveUpAfter: `${giveUpAfterMinutes}m` })
const ledger = new Ledger()
const writers = (await openVendors(folder, VENDORS, ledger, owned)).map(keepWriting)
const progress = setInterval(tell, PROGRESS_MS)

run = begin()
await until(() => receiver.taken.length > 0, FIRST_START_MS)
const endMs = Date.now() + soakMs
while (Date.now() < endMs) {
  await sleep(Math.min(between(3_000, 10_000), Math.max(0, endMs - Date.now())))
  if (Date.now() < endMs) run = await killAndBegin(run)
}
for (const stopWriting of writers) stopWriting()
moods.calm()
run = await killAndBegin(run)
await until(() => ledger.missing(receiver.taken).length === 0, limitMs)
await stop(run)
clearInterval(progress)
report()

function begin(): ChildProcess {
  return start(folder, log)
}

async function killAndBegin(running: ChildProcess): Promise<ChildProcess> {
  if (running.exitCode !== null) problems.push(`a run ended by itself with exit code ${running.exitCode}`)
  else {
    const exit = once(running, 'exit')
    killTree(running)
    await exit
    kills++
  }
  return begin()
}

/** Looks twice a second. The time is over: what is missing is told by the report. */
async function until(condition: () => boolean, withinMs: number): Promise<void> {
  const lastMs = Date.now() + withinMs
  while (!condition() && Date.now() < lastMs) await sleep(500)
}

/** As Ctrl-C does: what is in flight ends, and a repeat that is under way arrives before it is counted. */
async function stop(running: ChildProcess): Promise<void> {
  const timer = setTimeout(() => killTree(running), STOP_MS)
  const exit = running.exitCode === null ? once(running, 'exit') : Promise.resolve()
  running.kill('SIGINT')
  await exit
  clearTimeout(timer)
  if (running.exitCode !== 0) problems.push(`the last run ended with exit code ${running.exitCode}, wanted 0`)
}

function tell(): void {
  const { length } = receiver.taken
  const open = ledger.missing(receiver.taken).length
  console.log(
    `${Math.round(process.uptime())} s: ${kills} kills, ${ledger.size} events, ${length} requests taken, ${open} under way, receiver: ${moods.now}`,
  )
}

function report(): void {
  const missing = ledger.missing(receiver.taken)
  const altered = ledger.altered(receiver.taken)
  const { repeats, unlike } = repeatsOf(receiver.taken)
  const delivered = receiver.taken.length - repeats
  console.log(
    `${kills} kills, ${ledger.size} events, ${delivered} delivered, ${missing.length} lost, ${altered.length} altered, ` +
      `${repeats} repeats (${receiver.cut} answers were cut), ` +
      `${unlike.length === 0 ? 'each with the id and the body of its first' : `${unlike.length} unlike their first`}`,
  )
  problems.push(...missing.map((event) => `lost: ${event}`), ...altered.map((id) => `altered: ${id}`))
  problems.push(...unlike.map((id) => `a repeat unlike its first: ${id}`))
  problems.push(...receiver.forged.map((text) => `wrong signature: ${text}`))
  for (const problem of problems.slice(0, MOST_SHOWN)) console.error(problem)
  if (problems.length > MOST_SHOWN) console.error(`and ${problems.length - MOST_SHOWN} more`)
  if (problems.length > 0 || kills === 0) process.exitCode = 1
}

/** A repeat has the id of an earlier one. With an id of its own it would be an event that no vendor wrote: altered. */
function repeatsOf(taken: readonly Taken[]): { repeats: number; unlike: string[] } {
  const first = new Map<string, Taken>()
  const unlike: string[] = []
  for (const event of taken) {
    const { id, body } = first.get(event.id) ?? event
    if (body !== event.body) unlike.push(id)
    if (!first.has(id)) first.set(id, event)
  }
  return { repeats: taken.length - first.size, unlike }
}

function cleanUp(): void {
  if (run !== undefined) killTree(run)
  if (values.keep) console.log(`kept ${folder}`)
  else rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
