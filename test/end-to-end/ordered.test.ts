import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { simulatedSmartsheet } from '../../local/vendors/smartsheet.ts'
import { temporaryFolder } from '../local/temporary.ts'
import { configureHook, killTree, openVendors, start } from './folder.ts'
import { Ledger } from './ledger.ts'
import { OrderedReceiver, type Seen } from './ordered-receiver.ts'

const [BLOCKED, FREE] = ['blocked', 'free']
const HISTORY = 60
const SOON = { timeout: 60_000, interval: 250 }

it('two sources, one receiver that wants order and fails now and then: killed in the middle, each arrives in its order, one at a time', async () => {
  const folder = temporaryFolder()
  const owned = new AsyncDisposableStack()
  onTestFinished(() => owned.disposeAsync())
  const ledger = new Ledger()
  const failing = new Set<string>()
  const receiver = new OrderedReceiver((id) => failing.has(id))
  owned.defer(() => receiver.close())
  configureHook(folder, await receiver.listen(), { ordered: true })
  // This vendor lists the oldest first, so what was written first is read first.
  const both = [simulatedSmartsheet(), simulatedSmartsheet()]
  const vendors = await openVendors(folder, both, ledger, owned, (_, index) => (index === 0 ? BLOCKED : FREE))
  const write = (events: number) => {
    for (let n = 0; n < events; n++) for (const writeOne of vendors) writeOne(new Date())
  }
  write(HISTORY)
  const wanted = (source: string) => ledger.idsOf(source)
  const taken = (source: string) => receiver.takenOf(source).length
  // The first of one source fails until it is told otherwise, and one of the other later on.
  const [head = '', late = ''] = [wanted(BLOCKED)[0], wanted(FREE)[HISTORY - 1]]
  failing.add(head).add(late)

  const first = start(folder)
  owned.defer(() => killTree(first))
  await expect.poll(() => taken(FREE), SOON).toBe(HISTORY - 1)
  await expect.poll(() => statusesOf(late, receiver.seen), SOON).toEqual([503])
  expect(taken(BLOCKED)).toBe(0)
  failing.delete(head)
  await expect.poll(() => taken(BLOCKED), SOON).toBeGreaterThan(5)
  killTree(first)
  await once(first, 'exit')
  const seenByFirst = receiver.seen.length

  failing.delete(late)
  write(20)
  const second = start(folder)
  owned.defer(() => killTree(second))
  const growing = setInterval(() => write(1), 250)
  owned.defer(() => clearInterval(growing))
  await expect.poll(() => taken(FREE), SOON).toBeGreaterThan(HISTORY + 25)
  clearInterval(growing)
  await expect.poll(() => ledger.missing(receiver.seen.filter(isTaken)), SOON).toEqual([])
  second.kill('SIGINT')
  const [exitCode] = await once(second, 'exit')

  expect(exitCode).toBe(0)
  for (const source of [BLOCKED, FREE]) expect([...new Set(receiver.takenOf(source))]).toEqual(wanted(source))
  expect(receiver.overlapping).toEqual([])
  expect(overtakings(receiver.seen)).toEqual([])
  const before = receiver.seen.slice(0, seenByFirst).filter(isTaken)
  expect(new Set(before.map(({ id }) => id)).size).toBe(before.length)
}, 240_000)

const isTaken = ({ status }: Seen) => status === 204

function statusesOf(wanted: string, seen: readonly Seen[]): number[] {
  return [...new Set(seen.filter(({ id }) => id === wanted).map(({ status }) => status))]
}

/** Whatever came after a failure, and of the same source, and was not the same event again. */
function overtakings(seen: readonly Seen[]): string[] {
  return seen.flatMap(({ id, source, status }, index) => {
    const next = seen.slice(index + 1).find((later) => later.source === source)
    return status === 503 && next !== undefined && next.id !== id ? [`${next.id} overtook ${id}`] : []
  })
}
