import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { simulatedBloodhound } from '../../local/vendors/bloodhound.ts'
import { simulatedMerge } from '../../local/vendors/merge.ts'
import { simulatedPolytomic } from '../../local/vendors/polytomic.ts'
import { serveVendor } from '../../local/vendors/serve.ts'
import { simulatedSmartsheet } from '../../local/vendors/smartsheet.ts'
import { simulatedTines } from '../../local/vendors/tines.ts'
import type { SimulatedVendor, VendorLog } from '../../local/vendors/vendor.ts'
import { temporaryFolder } from '../local/temporary.ts'
import { Receiver } from './receiver.ts'

const VENDORS = [simulatedPolytomic(), simulatedMerge(), simulatedBloodhound(), simulatedTines(), simulatedSmartsheet()]
const SIGNING_KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const HISTORY = 60
const MINUTES_MS = 60_000

/** What every vendor wrote, by source: id and text. */
type Written = Map<string, Map<string, string>>

it('five vendors, everything in between, one receiver: killed in the middle, nothing is lost and nothing altered', async () => {
  const folder = temporaryFolder()
  const written: Written = new Map()
  const receiver = new Receiver(SIGNING_KEY)
  onTestFinished(() => receiver.close())
  const hookUrl = await receiver.listen()
  const write = await openVendors(folder, written)
  write(HISTORY)
  configure(folder, hookUrl)

  const first = start(folder)
  const growing = setInterval(() => write(1), 250)
  onTestFinished(() => clearInterval(growing))
  await expect.poll(() => receiver.taken.length, { timeout: 60_000 }).toBeGreaterThan(150)
  killTree(first)
  await once(first, 'exit')

  write(20)
  const second = start(folder)
  await expect.poll(() => receiver.taken.length, { timeout: 60_000 }).toBeGreaterThan(400)
  clearInterval(growing)
  await expect.poll(() => missing(written, receiver), { timeout: 90_000, interval: 500 }).toEqual([])
  second.kill('SIGINT')
  const [exitCode] = await once(second, 'exit')

  expect(exitCode).toBe(0)
  expect(receiver.forged).toEqual([])
  expect(altered(written, receiver)).toEqual([])
}, 240_000)

/** Serves the five logs, and tells the folder where they are. @returns a function that writes so many events to each */
async function openVendors(folder: string, written: Written): Promise<(events: number) => void> {
  const logs: [string, VendorLog][] = []
  for (const [index, vendor] of VENDORS.entries()) {
    const log = vendor.open(index)
    const served = await serveVendor(log, { port: 0 })
    onTestFinished(() => served.close())
    const id = `e2e-${vendor.type}`
    logs.push([id, log])
    written.set(id, new Map())
    configureSource(folder, id, vendor, served.url)
  }
  return (events) => {
    for (const [id, log] of logs) {
      for (let n = 0; n < events; n++) {
        const event = log.emit(new Date())
        written.get(id)?.set(event.id, event.raw)
      }
    }
  }
}

function configureSource(folder: string, id: string, vendor: SimulatedVendor, baseUrl: string): void {
  const startFrom = new Date(Date.now() - MINUTES_MS).toISOString()
  const pace = { every: '1s', settle: '1s', overlap: '10s', sweep: false, startFrom }
  put(folder, `sources/${id}.json`, { type: vendor.type, baseUrl, ...vendor.settings, ...pace, destinations: ['hook'] })
  for (const [name, value] of Object.entries(vendor.secrets)) put(folder, `secrets/${name}`, value)
}

function configure(folder: string, url: string): void {
  const signing = { scheme: 'standard-webhooks', keys: [{ secret: 'hook/key' }] }
  put(folder, 'destinations/hook.json', { type: 'webhook', url, signing })
  put(folder, 'secrets/hook/key', SIGNING_KEY)
}

function put(folder: string, name: string, content: unknown): void {
  const path = join(folder, 'config', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
}

/** The command as a user would run it, in a process group of its own, so that all of it can be killed at once. */
function start(folder: string): ChildProcess {
  const words = [
    'cli/main.ts',
    'dev',
    '--config',
    join(folder, 'config'),
    '--data',
    join(folder, 'data'),
    '--tick',
    '1',
  ]
  const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(() => killTree(child))
  return child
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
}

/** The events that have not arrived, as `source vendorId`. */
function missing(written: Written, receiver: Receiver): string[] {
  const arrived = new Set(receiver.taken.map(({ source, id }) => `${source} ${id}`))
  return [...written].flatMap(([source, events]) =>
    [...events.keys()]
      .filter((id) => !arrived.has(`${source} ${webhookId(source, id)}`))
      .map((id) => `${source} ${id}`),
  )
}

/** The deliveries whose record is not, character for character, what the vendor wrote. */
function altered(written: Written, receiver: Receiver): string[] {
  const expected = new Map<string, string>()
  for (const [source, events] of written) for (const [id, raw] of events) expected.set(webhookId(source, id), raw)
  return receiver.taken.filter(({ id, body }) => !body.endsWith(`"data":${expected.get(id)}}`)).map(({ id }) => id)
}

/** As the documentation has it: the first 27 characters of the base64url SHA-256 of source id, slash, vendor id. */
function webhookId(source: string, vendorId: string): string {
  return `evt_${createHash('sha256').update(`${source}/${vendorId}`).digest('base64url').slice(0, 27)}`
}
