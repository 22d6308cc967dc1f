import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { webhook } from '../../functions/deliver/destinations/webhook.ts'
import { createSend } from '../../shared/http/client.ts'

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER_KEY = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'

/** Of the vector that Svix publishes, and one of the same kind made for this test. */
const PRIVATE_KEY = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const PUBLIC_KEY = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
const OTHER_PRIVATE_KEY = `whsk_${Buffer.alloc(32, 7).toString('base64')}`

const STANDARD = { scheme: 'standard-webhooks', keys: [{ secret: 'key' }] }

/** The blocks of TypeScript of a page. */
function blocksOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
}

/** The block whose first line is that. */
function blockOf(page: string, firstLine: string): string {
  const found = blocksOf(page).find((code) => code.startsWith(`// ${firstLine}\n`))
  if (found === undefined) throw new Error(`${page} has no ${firstLine}`)
  return found
}

interface Running {
  readonly url: string
  /** The lines that it has printed. */
  readonly printed: () => string[]
}

/** Runs `receiver.ts` of these files, inside the project, so that the libraries are found. */
async function start(files: Readonly<Record<string, string>>, signingKey: string): Promise<Running> {
  mkdirSync('.pollhook', { recursive: true })
  const folder = mkdtempSync('.pollhook/receiver-')
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const env = { SIGNING_KEY: signingKey, PORT: `${port}` }
  const receiver = spawn(process.execPath, [join(folder, 'receiver.ts')], { env })
  onTestFinished(() => {
    receiver.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  let [printed, complaints] = ['', '']
  receiver.stdout.on('data', (chunk) => {
    printed += chunk
  })
  receiver.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  await untilListening(url, receiver, () => complaints)
  return { url, printed: () => printed.split('\n').filter((line) => line !== '') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(url: string, receiver: ChildProcess, complaints: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200 && receiver.exitCode === null; attempt++) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await sleep(50)
  }
  throw new Error(`The receiver does not listen: ${complaints()}`)
}

const EVENT = { id: 'evt_readme', type: 'tines.event', time: '2026-05-01T10:15:42Z', raw: '{"id":9007199254740993}' }
const DELIVERY = { id: EVENT.id, source: { id: 'prod-tines', type: 'tines' }, events: [EVENT] }

interface Sending {
  readonly signing: object
  readonly key: string
  /** What happens to the body on its way. */
  readonly change?: (body: string) => string
  readonly at?: Date
}

/** The receiver's status. */
async function post({ url }: Running, { signing, key, change = (body) => body, at = new Date() }: Sending) {
  const config = webhook.config.parse({ url, signing }) as never
  const request = webhook.request(DELIVERY, config, () => key, at)
  const changed = { ...request, body: change(String(request.body)) }
  const { status } = await createSend({ local: true })(changed, { timeoutMs: 5_000, maxBytes: 1_000 })
  return status
}

const WRITTEN = [
  'evt_readme {"type":"tines.event","timestamp":"2026-05-01T10:15:42Z","source":"prod-tines","data":{"id":9007199254740993}}',
]

test("the README's receiver takes what the webhook destination signs, once, and nothing else", async () => {
  const [receiver = ''] = blocksOf('README.md')
  const running = await start({ 'receiver.ts': receiver }, KEY)
  expect(await post(running, { signing: STANDARD, key: OTHER_KEY })).toBe(401)
  expect(await post(running, { signing: STANDARD, key: KEY })).toBe(204)
  expect(await post(running, { signing: STANDARD, key: KEY })).toBe(204)
  expect(running.printed()).toEqual(WRITTEN)
})

const PAGE = 'docs/destinations/webhook.md'
const HMAC = { scheme: 'hmac', secret: { secret: 'key' }, header: 'X-Hub-Signature-256', prefix: 'sha256=' }
const STRIPE = { scheme: 'stripe', keys: [{ secret: 'key' }] }

/** How each library is met: the key that pollhook signs with, the one that the receiver has, and another one. */
const VERIFICATIONS = [
  { library: 'standardwebhooks', signing: STANDARD, key: KEY, theirs: KEY, other: OTHER_KEY, coversTime: true },
  { library: 'svix', signing: STANDARD, key: KEY, theirs: KEY, other: OTHER_KEY, coversTime: true },
  {
    ...{ library: 'node:crypto', signing: STANDARD, key: PRIVATE_KEY, theirs: PUBLIC_KEY, other: OTHER_PRIVATE_KEY },
    coversTime: true,
  },
  { library: 'stripe', signing: STRIPE, key: KEY, theirs: KEY, other: OTHER_KEY, coversTime: true },
  { library: '@octokit/webhooks-methods', signing: HMAC, key: KEY, theirs: KEY, other: OTHER_KEY, coversTime: false },
]

describe.each(VERIFICATIONS)(
  'the receiver of docs/destinations/webhook.md with $library',
  ({ library, signing, key, theirs, other, coversTime }) => {
    test('takes what the webhook destination signs, once, and nothing else', async () => {
      const files = {
        'receiver.ts': blockOf(PAGE, 'receiver.ts'),
        'verify.ts': blockOf(PAGE, `verify.ts with ${library}`),
      }
      const running = await start(files, theirs)
      expect(await post(running, { signing, key: other })).toBe(401)
      expect(await post(running, { signing, key, change: (body) => body.replace('3}', '4}') })).toBe(401)
      const old = new Date(Date.now() - 3_600_000)
      expect(await post(running, { signing, key, at: old })).toBe(coversTime ? 401 : 204)
      expect(await post(running, { signing, key })).toBe(204)
      expect(await post(running, { signing, key })).toBe(204)
      expect(running.printed()).toEqual(WRITTEN)
    })
  },
)

test('docs/destinations/webhook.md has no other receiver than those', () => {
  const firstLines = blocksOf(PAGE).map((code) => code.split('\n', 1)[0])
  expect(firstLines).toEqual(['// receiver.ts', ...VERIFICATIONS.map(({ library }) => `// verify.ts with ${library}`)])
})
