import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { webhook } from '../../functions/deliver/destinations/webhook.ts'
import { createSend } from '../../shared/http/client.ts'

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER_KEY = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const SIGNING = { scheme: 'standard-webhooks' as const, keys: [{ secret: 'key' }] }

let folder: string
let receiver: ChildProcess
let url: string
let printed = ''

beforeAll(async () => {
  const [, source = ''] = /```ts\n(.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? []
  mkdirSync('.pollhook', { recursive: true })
  // Inside the project, so that `standardwebhooks` is found.
  folder = mkdtempSync('.pollhook/receiver-')
  writeFileSync(join(folder, 'receiver.ts'), source)
  const port = await freePort()
  url = `http://127.0.0.1:${port}/`
  receiver = spawn(process.execPath, [join(folder, 'receiver.ts')], { env: { SIGNING_KEY: KEY, PORT: `${port}` } })
  receiver.stdout?.on('data', (chunk) => {
    printed += chunk
  })
  await untilListening()
})
afterAll(() => {
  receiver.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return
    await sleep(50)
  }
  throw new Error('The receiver of the README does not listen')
}

async function post(key: string): Promise<number> {
  const event = { id: 'evt_readme', type: 'tines.event', time: '2026-05-01T10:15:42Z', raw: '{"id":9007199254740993}' }
  const delivery = { id: event.id, source: { id: 'prod-tines', type: 'tines' }, events: [event] }
  const request = webhook.request(delivery, { url, format: 'standard', signing: SIGNING }, () => key, new Date())
  const { status } = await createSend({ local: true })(request, { timeoutMs: 5_000, maxBytes: 1_000 })
  return status
}

test("the README's receiver takes what the webhook destination signs, once, and nothing else", async () => {
  expect(await post(OTHER_KEY)).toBe(401)
  expect(await post(KEY)).toBe(204)
  expect(await post(KEY)).toBe(204)
  expect(printed.split('\n').filter((line) => line !== '')).toEqual([
    'evt_readme {"type":"tines.event","timestamp":"2026-05-01T10:15:42Z","data":{"id":9007199254740993}}',
  ])
})
