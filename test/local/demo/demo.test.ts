import { createHmac } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DemoVendor } from '../../../local/demo/demo-vendor.ts'
import { Journal } from '../../../local/demo/journal.ts'
import { type Received, startReceiver } from '../../../local/demo/receiver.ts'
import { Score } from '../../../local/demo/score.ts'
import { writeConfig } from '../../../local/demo/world.ts'
import { simulatedSmartsheet } from '../../../local/vendors/smartsheet.ts'
import { simulatedTines } from '../../../local/vendors/tines.ts'
import { temporaryFolder } from '../temporary.ts'

const AT = new Date('2026-05-01T10:00:00Z')

describe('Journal', () => {
  it('takes out a last line that a kill has cut off', () => {
    const file = join(temporaryFolder(), 'journal')
    const journal = new Journal(file)
    journal.append('one')
    appendFileSync(file, 'tw')
    const again = new Journal(file)
    expect(again.lines).toEqual(['one'])
    again.append('three')
    expect(new Journal(file).lines).toEqual(['one', 'three'])
  })
})

describe('DemoVendor', () => {
  it.each([simulatedTines(), simulatedSmartsheet()])(
    'shows the same records after a restart: $type',
    async (vendor) => {
      const file = join(temporaryFolder(), 'vendor.log')
      const first = new DemoVendor(vendor, file, 7)
      const living = new AbortController()
      const seen: string[] = []
      const life = first.live(({ vendorId }) => seen.push(vendorId), living.signal)
      living.abort()
      await life
      expect(seen).toHaveLength(1)
      const second = new DemoVendor(vendor, file, 7)
      expect(second.past.map(({ vendorId }) => vendorId)).toEqual(seen)
      expect(second.past.map(({ at }) => at.toISOString())).toEqual(readFileSync(file, 'utf8').trim().split('\n'))
    },
  )

  it('knows the id that the webhook will carry', () => {
    const file = join(temporaryFolder(), 'vendor.log')
    appendFileSync(file, `${AT.toISOString()}\n`)
    const [event] = new DemoVendor(simulatedTines(), file, 7).past
    expect(event?.id).toMatch(/^evt_[A-Za-z0-9_-]{27}$/)
  })
})

describe('the receiver', () => {
  const SECRET = Buffer.alloc(32, 7)
  const BODY = '{"type":"tines.event","timestamp":"2026-05-01T10:00:00Z","data":{}}'

  async function open() {
    const heard: Received[] = []
    const receiver = await startReceiver(`whsec_${SECRET.toString('base64')}`, 0, (received) => heard.push(received))
    onTestFinished(() => receiver.close())
    const post = async (body: string, key = SECRET) => {
      const timestamp = String(Math.floor(Date.now() / 1000))
      // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
      const signature = createHmac('sha256', key).update(`evt_1.${timestamp}.${body}`).digest('base64')
      const signed = { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
      const headers = { ...signed, 'pollhook-source': 'demo-tines' }
      return (await fetch(`${receiver.url}/hook`, { method: 'POST', headers, body })).status
    }
    return { ...receiver, heard, post }
  }

  it('takes a webhook with the right signature', async () => {
    const { post, heard } = await open()
    expect(await post(BODY)).toBe(204)
    expect(heard).toEqual([{ kind: 'accepted', id: 'evt_1', type: 'tines.event', source: 'demo-tines' }])
  })

  it('refuses a webhook with another signature', async () => {
    const { post, heard } = await open()
    expect(await post(BODY, Buffer.alloc(32, 8))).toBe(401)
    expect(heard).toEqual([{ kind: 'forged', id: 'evt_1', problem: 'No matching signature found' }])
  })

  it('answers 503 between /down and /up', async () => {
    const { url, post, heard } = await open()
    await fetch(`${url}/down`, { method: 'POST' })
    expect(await post(BODY)).toBe(503)
    await fetch(`${url}/up`, { method: 'POST' })
    expect(await post(BODY)).toBe(204)
    expect(heard.map(({ kind }) => kind)).toEqual(['down', 'turned-away', 'up', 'accepted'])
  })
})

describe('Score', () => {
  it('counts what appeared, what arrived, and what arrived again', () => {
    const score = new Score()
    for (const id of ['a', 'b', 'c']) score.appeared({ id, vendorId: id, at: AT })
    expect(score.arrived('a')).toEqual({ times: 1, appearedAt: AT })
    score.arrived('b')
    expect(score.arrived('b')).toEqual({ times: 2, appearedAt: AT })
    expect(score.summary()).toBe('3 events appeared, 2 delivered, 1 on the way, 1 repeated')
  })
})

describe('writeConfig()', () => {
  it('leaves a file that is there, because somebody may have edited it', () => {
    const folder = temporaryFolder()
    const world = { startedAt: AT.toISOString() }
    const destination = { config: { type: 'webhook' }, secrets: { 'demo/signing-key': 'whsec_x' } }
    const vendor = new DemoVendor(simulatedTines(), join(temporaryFolder(), 'log'), 7)
    writeConfig(folder, world, [{ vendor, url: 'http://127.0.0.1:1' }], destination)
    writeConfig(folder, world, [{ vendor, url: 'http://127.0.0.1:3' }], destination)
    expect(JSON.parse(readFileSync(join(folder, 'sources/demo-tines.json'), 'utf8'))).toEqual({
      type: 'tines',
      destinations: ['demo-receiver'],
      every: '1s',
      settle: '1s',
      startFrom: '2026-05-01T10:00:00.000Z',
      baseUrl: 'http://127.0.0.1:1',
      apiKey: { secret: 'tines/api-key' },
      feed: 'events',
    })
    expect(readFileSync(join(folder, 'secrets/demo/signing-key'), 'utf8')).toBe('whsec_x\n')
  })
})
