import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { RECEIVERS } from '../receivers/registry.ts'
import { serveReceiver } from '../receivers/serve.ts'
import type { Received, Receiver } from './receiver.ts'
import type { DemoDestination } from './world.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

/** The destination types that have an example and a simulated receiver. */
export const EXAMPLE_TYPES: readonly string[] = Object.keys(RECEIVERS)

/**
 * Serves the simulated receiver of a type and tells what it stores. `POST /down` makes it answer 503, `POST /up` ends that.
 *
 * @param type a destination type that has a simulated receiver
 * @param port 0 for any free one
 * @param onReceived called before the answer, so that it can be put on disk
 */
export async function startExample(
  type: string,
  port: number,
  onReceived: (received: Received) => void,
): Promise<Receiver & { readonly destination: DemoDestination }> {
  const receiver = RECEIVERS[type]?.()
  if (receiver === undefined) throw new TypeError(`There is no simulated receiver ${type}`)
  let [isDown, told] = [false, 0]
  const served = await serveReceiver(
    {
      ...receiver,
      type,
      answer(request) {
        if (request.method === 'POST' && (request.path === '/down' || request.path === '/up')) {
          isDown = request.path === '/down'
          onReceived({ kind: isDown ? 'down' : 'up' })
          return { status: 200 }
        }
        if (isDown) {
          onReceived({ kind: 'turned-away', id: 'a request' })
          return { status: 503 }
        }
        const answer = receiver.answer(request)
        for (const { id } of receiver.stored().slice(told)) onReceived({ kind: 'stored', id })
        told = receiver.stored().length
        return answer
      },
    },
    { port },
  )
  const { url, close } = served
  const config = demoConfig(type, receiver.settings(url))
  return { url, close, destination: { config, secrets: receiver.secrets(url) } }
}

/**
 * The configuration of an example as the demo uses it: addresses and credentials are those of the simulated receiver, and the events
 * of every vendor are sent.
 */
export function demoConfig(type: string, settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = readFileSync(join(EXAMPLES, type, 'destinations/siem.json'), 'utf8')
  const { filter: _, $schema: __, ...example } = z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  return { ...example, ...settings }
}
