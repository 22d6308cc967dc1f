import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { simulatedBloodhound } from '../../local/vendors/bloodhound.ts'
import { simulatedMerge } from '../../local/vendors/merge.ts'
import { simulatedPolytomic } from '../../local/vendors/polytomic.ts'
import { simulatedSmartsheet } from '../../local/vendors/smartsheet.ts'
import { simulatedTines } from '../../local/vendors/tines.ts'
import { temporaryFolder } from '../local/temporary.ts'
import { configureHook, killTree, openVendors, SIGNING_KEY, start } from './folder.ts'
import { Ledger } from './ledger.ts'
import { Receiver } from './receiver.ts'

const VENDORS = [simulatedPolytomic(), simulatedMerge(), simulatedBloodhound(), simulatedTines(), simulatedSmartsheet()]
const HISTORY = 60

it('five vendors, everything in between, one receiver: killed in the middle, nothing is lost and nothing altered', async () => {
  const folder = temporaryFolder()
  const owned = new AsyncDisposableStack()
  onTestFinished(() => owned.disposeAsync())
  const receiver = new Receiver(SIGNING_KEY)
  owned.defer(() => receiver.close())
  configureHook(folder, await receiver.listen())
  const ledger = new Ledger()
  const vendors = await openVendors(folder, VENDORS, ledger, owned)
  const write = (events: number) => {
    for (let n = 0; n < events; n++) for (const writeOne of vendors) writeOne(new Date())
  }
  write(HISTORY)

  const first = start(folder)
  owned.defer(() => killTree(first))
  const growing = setInterval(() => write(1), 250)
  owned.defer(() => clearInterval(growing))
  await expect.poll(() => receiver.taken.length, { timeout: 60_000 }).toBeGreaterThan(150)
  killTree(first)
  await once(first, 'exit')

  write(20)
  const second = start(folder)
  owned.defer(() => killTree(second))
  await expect.poll(() => receiver.taken.length, { timeout: 60_000 }).toBeGreaterThan(400)
  clearInterval(growing)
  await expect.poll(() => ledger.missing(receiver.taken), { timeout: 90_000, interval: 500 }).toEqual([])
  second.kill('SIGINT')
  const [exitCode] = await once(second, 'exit')

  expect(exitCode).toBe(0)
  expect(receiver.forged).toEqual([])
  expect(ledger.altered(receiver.taken)).toEqual([])
}, 240_000)
