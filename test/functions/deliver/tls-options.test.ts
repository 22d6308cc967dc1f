import { describe, expect, it } from 'vitest'
import { tlsOptions } from '../../../functions/deliver/tls-options.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { SecretRef } from '../../../shared/contracts/http.ts'
import { pem } from '../../certificates.ts'
import { body, World } from './world.ts'

const SECRETS: Record<string, string> = {
  cert: pem('client-a') + pem('authority'),
  key: pem('client-a-key'),
  other: pem('client-b-key'),
  words: 'hunter2',
  damaged: pem('client-a-key').replace(/\nM.{20}/, '\nMhunter2'),
}
const lookUp = ({ secret }: SecretRef) => SECRETS[secret] ?? ''
const [clientCertificate, clientKey] = [{ secret: 'cert' }, { secret: 'key' }]

function faultOf(action: () => unknown): Fault {
  try {
    action()
  } catch (error) {
    if (error instanceof Fault) return error
  }
  throw new TypeError('Wanted a Fault, found none')
}

describe('tlsOptions()', () => {
  it('are none where nothing is configured, and no secret is looked up', () => {
    const never = () => {
      throw new TypeError('no secret was asked for')
    }
    expect(tlsOptions({}, never)).toBeUndefined()
  })

  it('are the texts of the secrets', () => {
    expect(tlsOptions({ clientCertificate, clientKey, ca: { secret: 'cert' } }, lookUp)).toEqual({
      certificate: SECRETS.cert,
      key: SECRETS.key,
      ca: SECRETS.cert,
    })
  })

  it('may have the authority in plain text', () => {
    expect(tlsOptions({ ca: pem('authority') }, lookUp)).toEqual({ ca: pem('authority') })
  })

  it('are the same object as long as the texts are the same', () => {
    const tls = { clientCertificate, clientKey }
    const values = { ...SECRETS }
    const renewed = ({ secret }: SecretRef) => values[secret] ?? ''
    const first = tlsOptions(tls, lookUp)
    expect(tlsOptions(tls, renewed)).toBe(first)
    Object.assign(values, { cert: pem('client-b'), key: pem('client-b-key') })
    expect(tlsOptions(tls, renewed)).toMatchObject({ certificate: pem('client-b') })
  })

  const secret = (name: string) => ({ secret: name })
  it.each([
    [
      'a certificate that is none',
      { clientCertificate: secret('words'), clientKey },
      'Cannot use the secret words: found no certificate that can be read, wanted one or more as PEM',
    ],
    [
      'a key that is none',
      { clientCertificate, clientKey: secret('words') },
      'Cannot use the secret words: found no private key, wanted one as PEM, without a passphrase',
    ],
    [
      'a damaged key',
      { clientCertificate, clientKey: secret('damaged') },
      'Cannot use the secret damaged: found no private key, wanted one as PEM, without a passphrase',
    ],
    [
      'the key of another certificate',
      { clientCertificate, clientKey: secret('other') },
      'Cannot use the secret other: found the key of another certificate, wanted that of the first certificate in the secret cert',
    ],
    [
      'an authority that is none',
      { ca: secret('words') },
      'Cannot use the secret words: found no certificate that can be read, wanted one or more as PEM',
    ],
    [
      'an authority in plain text that is none',
      { ca: 'hunter2' },
      'Cannot use tls.ca: found no certificate that can be read, wanted one or more as PEM',
    ],
  ])('name what cannot be used, and nothing of it: %s', (_, tls, message) => {
    const fault = faultOf(() => tlsOptions(tls, lookUp))
    expect([fault.kind, fault.message, fault.cause]).toEqual(['configuration-invalid', message, undefined])
  })
})

it('a destination whose key is wrong is on hold, is sent nothing, and goes on when it is put right', async () => {
  const world = new World()
  world.secrets.values.set('cert', pem('client-a')).set('key', pem('client-b-key'))
  world.configure('soc', { tls: { clientCertificate, clientKey } })
  world.queue.put(body(['a']))
  await world.invoke()
  expect((await world.circuits.read('soc')).circuit.open?.reason).toContain('the key of another certificate')
  expect(world.receiver.requests).toEqual([])
  world.secrets.values.set('key', pem('client-a-key'))
  await world.run()
  expect(world.receiver.requests.map(({ options }) => options.tls)).toEqual([
    { certificate: pem('client-a'), key: pem('client-a-key') },
  ])
})
