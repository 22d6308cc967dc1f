import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parameterText } from '../../../shared/aws/parameter-text.ts'
import { openParameters } from '../../emulators.ts'

let parameters: Awaited<ReturnType<typeof openParameters>>
beforeAll(async () => {
  parameters = await openParameters()
})
afterAll(() => parameters.close())

const put = (Name: string, Value: string, Type: 'String' | 'SecureString' = 'String') =>
  parameters.ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }))

it('parameterText() reads the text as it is now, each time', async () => {
  const text = parameterText(parameters.ssm)
  await put('/pollhook/destinations/soc', '{"type": 1}')
  expect(await text('/pollhook/destinations/soc')).toBe('{"type": 1}')
  await put('/pollhook/destinations/soc', '{"type": 2}')
  expect(await text('/pollhook/destinations/soc')).toBe('{"type": 2}')
})

it('parameterText() is undefined where there is no parameter', async () => {
  expect(await parameterText(parameters.ssm)('/pollhook/destinations/none')).toBeUndefined()
})

it('parameterText() never decrypts', async () => {
  await put('/pollhook/destinations/sealed', 'open sesame', 'SecureString')
  expect(await parameterText(parameters.ssm)('/pollhook/destinations/sealed')).not.toContain('open sesame')
})

it('parameterText() throws a fault that names the parameter when the store does not answer', async () => {
  const away = new SSMClient({
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  await expect(parameterText(away)('/pollhook/destinations/soc')).rejects.toMatchObject({
    kind: 'store-unavailable',
    message: expect.stringContaining('/pollhook/destinations/soc'),
  })
})
