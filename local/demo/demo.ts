import { join } from 'node:path'
import { DataDir } from '../data-dir.ts'
import type { Printer } from '../printer.ts'
import { type LocalRun, startLocal } from '../run.ts'
import type { LogLine } from '../said.ts'
import { simulatedSmartsheet } from '../vendors/smartsheet.ts'
import { simulatedTines } from '../vendors/tines.ts'
import { DemoVendor } from './demo-vendor.ts'
import { startExample } from './example.ts'
import { Journal } from './journal.ts'
import { HOOK_PATH, type Received, type Receiver, startReceiver } from './receiver.ts'
import { Scene } from './scene.ts'
import { type DemoDestination, readWorld, saveWorld, type World, writeConfig } from './world.ts'

const SUMMARY_EVERY_MS = 30_000

export interface DemoOptions {
  readonly dataDir: string
  readonly tickSeconds: number
  /** Of the emulators; 0 for any free one. */
  readonly port: number
  readonly printer: Printer
  /** A destination type: its simulated receiver stands in for the webhook's, configured as `examples/<type>` is. */
  readonly example?: string | undefined
  /** Called once, when the folder is free and the demo begins. */
  readonly onBegin: () => void
  /** Called once, after the first deliveries: by then a user may want to try something. */
  readonly onSettled: (demo: { readonly configDir: string; readonly receiverUrl: string }) => void
}

/** What the demo's receiver says better, and polls in which nothing happened. */
export function isQuietInDemo({ event, outcome, enqueued }: LogLine): boolean {
  if (event === 'delivery.attempted') return outcome === 'delivered'
  return event === 'poll.finished' && (outcome === 'busy' || (outcome === 'finished' && enqueued === 0))
}

/**
 * Runs pollhook with simulated vendors and a receiver that checks every signature. All of it goes on where it was when it is started
 * again on the same folder, however it ended.
 *
 * @throws Error in one sentence, as `startLocal`
 */
export async function startDemo(options: DemoOptions): Promise<Pick<LocalRun, 'endpoint' | 'pending' | 'stop'>> {
  await using opened = new AsyncDisposableStack()
  const folder = join(options.dataDir, 'world')
  const dataDir = DataDir.take(folder)
  opened.defer(() => dataDir.release())
  dataDir.announce({ pid: process.pid, startedAt: new Date().toISOString() })
  options.onBegin()
  const configDir = join(options.dataDir, 'config')
  const stage = await openStage(folder, configDir, options, opened)

  const { dataDir: state, tickSeconds, port, printer } = options
  const run = await startLocal({ dataDir: state, configDir, tickSeconds, port, onNote: (note) => printer.note(note) })
  const living = new AbortController()
  const lives = stage.vendors.map((vendor) =>
    vendor.live((event) => stage.scene.happened(vendor, event), living.signal),
  )
  const timer = setInterval(() => stage.scene.sumUp(), SUMMARY_EVERY_MS)
  const owned = opened.move()
  return {
    endpoint: run.endpoint,
    pending: run.pending,
    async stop(graceMs) {
      clearInterval(timer)
      living.abort()
      await Promise.all(lives)
      await run.stop(graceMs)
      stage.scene.sumUp()
      await owned.disposeAsync()
    },
  }
}

interface Stage {
  readonly vendors: readonly DemoVendor[]
  readonly scene: Scene
}

/** Everything around pollhook: the vendors, the receiver, and the configuration that names them. */
async function openStage(
  folder: string,
  configDir: string,
  { printer, example, onSettled }: DemoOptions,
  opened: AsyncDisposableStack,
): Promise<Stage> {
  const world = readWorld(folder)
  const vendors = [simulatedTines(), simulatedSmartsheet()].map(
    (vendor) => new DemoVendor(vendor, join(folder, `${vendor.type}.log`), world.seed),
  )
  const journal = new Journal(join(folder, 'received.log'))
  const scene = new Scene(printer, journal, vendors, example ?? 'webhook', () =>
    onSettled({ configDir, receiverUrl: receiver.url }),
  )
  const onReceived = (received: Received) => scene.received(received)
  const receiver = await listening('the receiver', world.ports.receiver, (port) =>
    example === undefined ? startHook(world.signingKey, port, onReceived) : startExample(example, port, onReceived),
  )
  opened.defer(() => receiver.close())
  const served: { vendor: DemoVendor; url: string }[] = []
  for (const vendor of vendors) {
    const server = await listening(vendor.sourceId, world.ports[vendor.sourceId], (port) => vendor.serve(port))
    opened.defer(() => server.close())
    served.push({ vendor, url: server.url })
  }
  saveWorld(folder, { ...world, ports: portsOf(receiver.url, served) })
  writeConfig(configDir, world, served, receiver.destination)
  return { vendors, scene }
}

async function startHook(
  signingKey: string,
  port: number,
  onReceived: (received: Received) => void,
): Promise<Receiver & { readonly destination: DemoDestination }> {
  const receiver = await startReceiver(signingKey, port, onReceived)
  const config = {
    type: 'webhook',
    url: `${receiver.url}${HOOK_PATH}`,
    signing: { scheme: 'standard-webhooks', keys: [{ secret: 'demo/signing-key' }] },
  }
  return { ...receiver, destination: { config, secrets: { 'demo/signing-key': signingKey } } }
}

/** Listens where it did at the first start, or on any free port then. */
async function listening<T>(what: string, port: number | undefined, open: (port: number) => Promise<T>): Promise<T> {
  try {
    return await open(port ?? 0)
  } catch (error) {
    const text = `Cannot start ${what} of the demo on port ${port}: found it in use by another program`
    throw error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      ? new Error(text, { cause: error })
      : error
  }
}

function portsOf(
  receiverUrl: string,
  served: readonly { readonly vendor: DemoVendor; readonly url: string }[],
): World['ports'] {
  const port = (url: string) => Number(new URL(url).port)
  return {
    receiver: port(receiverUrl),
    ...Object.fromEntries(served.map(({ vendor, url }) => [vendor.sourceId, port(url)])),
  }
}
