import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { serveVendor } from '../../local/vendors/serve.ts'
import type { SimulatedVendor } from '../../local/vendors/vendor.ts'
import type { Ledger } from './ledger.ts'

/** The key of the destination that `configureHook` writes. */
export const SIGNING_KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/** How the sources are polled; and from when on, in milliseconds before now. */
const PACE = { every: '1s', settle: '1s', overlap: '10s', sweep: false }
const START_MS = 60_000

/** Writes one event to one vendor and to the ledger. The times are those of `VendorLog.emit`. */
export type Write = (at: Date, visibleAt?: Date) => void

/**
 * Serves an empty log of each vendor on 127.0.0.1, and tells the folder where it is.
 *
 * @param owned closes them
 * @param idOf names the source of each
 * @returns a way to write for each
 */
export async function openVendors(
  folder: string,
  vendors: readonly SimulatedVendor[],
  ledger: Ledger,
  owned: AsyncDisposableStack,
  idOf: (vendor: SimulatedVendor, index: number) => string = ({ type }) => `e2e-${type}`,
): Promise<Write[]> {
  const writes: Write[] = []
  for (const [index, vendor] of vendors.entries()) {
    const log = vendor.open(index)
    const served = await serveVendor(log, { port: 0 })
    owned.defer(() => served.close())
    const source = idOf(vendor, index)
    configureSource(folder, source, vendor, served.url)
    writes.push((at, visibleAt) => ledger.add(source, log.emit(at, visibleAt)))
  }
  return writes
}

function configureSource(folder: string, id: string, vendor: SimulatedVendor, baseUrl: string): void {
  const startFrom = new Date(Date.now() - START_MS).toISOString()
  const pace = { ...PACE, startFrom }
  put(folder, `sources/${id}.json`, { type: vendor.type, baseUrl, ...vendor.settings, ...pace, destinations: ['hook'] })
  for (const [name, value] of Object.entries(vendor.secrets)) put(folder, `secrets/${name}`, value)
}

/** The destination of all sources, signing with `SIGNING_KEY`. @param fields further ones of its configuration */
export function configureHook(folder: string, url: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const signing = { scheme: 'standard-webhooks', keys: [{ secret: 'hook/key' }] }
  put(folder, 'destinations/hook.json', { type: 'webhook', url, signing, ...fields })
  put(folder, 'secrets/hook/key', SIGNING_KEY)
}

function put(folder: string, name: string, content: unknown): void {
  const path = join(folder, 'config', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
}

/**
 * The command as a user would run it, in a process group of its own, so that all of it can be killed at once.
 *
 * @param output where its standard output goes, as a file descriptor; default nowhere
 */
export function start(folder: string, output?: number): ChildProcess {
  const main = join(import.meta.dirname, '../../cli/main.ts')
  const words = ['dev', '--config', join(folder, 'config'), '--data', join(folder, 'data'), '--tick', '1']
  return spawn(process.execPath, [main, ...words], { detached: true, stdio: ['ignore', output ?? 'ignore', 'inherit'] })
}

/** SIGKILL for the command and all that it started. Nothing happens when it has ended. */
export function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
}
