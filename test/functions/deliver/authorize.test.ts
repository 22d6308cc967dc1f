import { describe, expect, it } from 'vitest'
import { configuredHeaders } from '../../../functions/deliver/authorize.ts'
import type { SecretRef } from '../../../shared/contracts/http.ts'

const lookUp = (values: Readonly<Record<string, string>>) => (reference: SecretRef) => values[reference.secret] ?? ''

describe('configuredHeaders()', () => {
  it('are plain texts, and secrets by their names', () => {
    const config = { headers: { 'x-team': 'soc', 'x-api-key': { secret: 'hook/key' } }, auth: undefined }
    expect(configuredHeaders(config, lookUp({ 'hook/key': 'k-123' }))).toEqual({
      'x-team': 'soc',
      'x-api-key': 'k-123',
    })
  })

  it('have a bearer token', () => {
    const config = { headers: {}, auth: { kind: 'bearer', token: { secret: 'hook/token' } } } as const
    expect(configuredHeaders(config, lookUp({ 'hook/token': 'mF_9.B5f-4.1JqM' }))).toEqual({
      // The token of RFC 6750, section 2.1.
      authorization: 'Bearer mF_9.B5f-4.1JqM',
    })
  })

  it('have user name and password', () => {
    const auth = { kind: 'basic', username: 'Aladdin', password: { secret: 'hook/password' } } as const
    expect(configuredHeaders({ headers: {}, auth }, lookUp({ 'hook/password': 'open sesame' }))).toEqual({
      // The example of RFC 7617, section 2.
      authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    })
  })

  it('may take the user name from a secret, and take both as UTF-8', () => {
    const auth = { kind: 'basic', username: { secret: 'hook/user' }, password: { secret: 'hook/password' } } as const
    // The example of RFC 7617, section 2.1.
    expect(configuredHeaders({ headers: {}, auth }, lookUp({ 'hook/user': 'test', 'hook/password': '123£' }))).toEqual({
      authorization: 'Basic dGVzdDoxMjPCow==',
    })
  })

  it('have two keys in headers of their own where a receiver wants two', () => {
    const second = { name: 'x-webhook-access-key', key: { secret: 'soc/access' } }
    const auth = { kind: 'header', name: 'x-goog-api-key', prefix: '', key: { secret: 'soc/api' }, second } as const
    expect(configuredHeaders({ headers: {}, auth }, lookUp({ 'soc/api': 'k-1', 'soc/access': 'k-2' }))).toEqual({
      'x-goog-api-key': 'k-1',
      'x-webhook-access-key': 'k-2',
    })
  })

  it('drop the white space that a shell leaves around a secret', () => {
    const config = { headers: { 'x-api-key': { secret: 'hook/key' } }, auth: undefined }
    expect(configuredHeaders(config, lookUp({ 'hook/key': ' k-123\r\n' }))).toEqual({ 'x-api-key': 'k-123' })
  })

  it.each([
    ['nothing', ''],
    ['nothing', ' \n'],
    ['a line break or a character outside ASCII', 'hunter2\nx-evil: 1'],
    ['a line break or a character outside ASCII', 'hunter2é'],
    ['a line break or a character outside ASCII', 'hunter2\u0000'],
  ])('name header and secret when it cannot be sent, and not its value: %s', (found, value) => {
    const config = { headers: {}, auth: { kind: 'bearer', token: { secret: 'hook/token' } } } as const
    const send = () => configuredHeaders(config, lookUp({ 'hook/token': value }))
    expect(send).toThrow(
      `Cannot send the header authorization: found ${found} in the secret hook/token, wanted visible ASCII`,
    )
    expect(send).not.toThrow('hunter2')
  })
})
