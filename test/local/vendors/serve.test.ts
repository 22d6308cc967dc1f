import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type ServedVendor, serveVendor } from '../../../local/vendors/serve.ts'
import { simulatedTines } from '../../../local/vendors/tines.ts'
import type { VendorLog } from '../../../local/vendors/vendor.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'

let served: ServedVendor | undefined
afterEach(async () => {
  await served?.close()
  served = undefined
})

/** A bare request: no client adds headers or follows anything. */
function send(url: string, headers: Record<string, string>, method = 'GET', body = '') {
  return new Promise<{ status: number | undefined; encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    const outgoing = request(url, { method, headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const encoding = response.headers['content-encoding']
      resolve({ status: response.statusCode, encoding, body: Buffer.concat(chunks) })
    })
    outgoing.on('error', reject).end(body)
  })
}

describe('serveVendor()', () => {
  it('answers as the vendor does, by the real clock', async () => {
    const vendor = simulatedTines()
    const log = vendor.open(1)
    const { raw } = log.emit(new Date(Date.now() - 1_000))
    log.emit(new Date(Date.now() + 3_600_000))
    served = await serveVendor(log, { port: 0 })
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)

    const [secret = ''] = Object.values(vendor.secrets)
    const { status, encoding, body } = await send(`${served.url}/api/v1/events`, { authorization: `Bearer ${secret}` })
    expect({ status, encoding }).toEqual({ status: 200, encoding: undefined })
    expect(body.toString()).toContain(`{"events":[${raw}],"meta":{"current_page":"${served.url}/api/v1/events?`)
    expect((await send(`${served.url}/api/v1/events`, {})).status).toBe(401)
  })

  it('gzips for those who ask for it', async () => {
    served = await serveVendor({ ...echo([]), answer: () => answered('Žluťoučký kůň') }, { port: 0 })
    const { encoding, body } = await send(served.url, { 'accept-encoding': 'deflate, gzip' })
    expect({ encoding, text: gunzipSync(body).toString() }).toEqual({ encoding: 'gzip', text: 'Žluťoučký kůň' })
  })

  it('passes on the request line, headers and body as they came', async () => {
    const seen: HttpRequest[] = []
    served = await serveVendor(echo(seen), { port: 0 })
    await send(`${served.url}/a%2fb/?x=1:2&y=%3A`, { 'X-Key': 'k' }, 'POST', '{"žluťoučký":1}')
    expect(seen).toMatchObject([
      { method: 'POST', url: `${served.url}/a%2fb/?x=1:2&y=%3A`, headers: { 'x-key': 'k' }, body: '{"žluťoučký":1}' },
    ])
  })

  it('survives a vendor that throws', async () => {
    served = await serveVendor(
      {
        ...echo([]),
        answer: () => {
          throw new Error('broken')
        },
      },
      { port: 0 },
    )
    expect((await send(served.url, {})).status).toBe(500)
  })

  it('refuses a port that is taken', async () => {
    served = await serveVendor(echo([]), { port: 0 })
    await expect(serveVendor(echo([]), { port: Number(new URL(served.url).port) })).rejects.toThrow('EADDRINUSE')
  })
})

function echo(seen: HttpRequest[]): VendorLog {
  return {
    emit: () => ({ id: '', raw: '' }),
    answer(request) {
      seen.push(request)
      return answered('{}')
    },
  }
}

function answered(body: string) {
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
