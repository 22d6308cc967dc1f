import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  HierarchyTypeMismatchException,
  ParameterAlreadyExists,
  ParameterNotFound,
  type ParameterType,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import { beforeEach, describe, expect, it } from 'vitest'

/**
 * What pollhook relies on in Parameter Store, as
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations_AWS_Systems_Manager.html documents it.
 *
 * @param open a client whose store holds nothing below /contract
 */
export function parameterStoreContract(name: string, open: () => Promise<SSMClient>): void {
  describe(name, () => {
    let ssm: SSMClient
    beforeEach(async () => {
      ssm = await open()
    })

    const put = (Name: string, Value: string, Type: ParameterType = 'String', Overwrite = false) =>
      ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite }))
    const read = async (Name: string, WithDecryption = false) =>
      (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter

    it('shows a parameter with its first version', async () => {
      expect(await put('/contract/a', '{"x": 1}')).toMatchObject({ Version: 1, Tier: 'Standard' })
      expect(await read('/contract/a')).toMatchObject({
        Name: '/contract/a',
        Type: 'String',
        Value: '{"x": 1}',
        Version: 1,
        DataType: 'text',
        LastModifiedDate: expect.any(Date),
        ARN: expect.stringMatching(/^arn:aws:ssm:[a-z0-9-]+:\d{12}:parameter\/contract\/a$/),
      })
    })

    it('keeps every character of a value', async () => {
      const value = ' "ünï" \n\t漢字 \u{1F600} \\ '
      await put('/contract/a', value)
      expect((await read('/contract/a'))?.Value).toBe(value)
    })

    it('refuses to overwrite unless told to, and then counts the version up', async () => {
      await put('/contract/a', 'one')
      await expect(put('/contract/a', 'two')).rejects.toThrow(ParameterAlreadyExists)
      expect((await put('/contract/a', 'two', 'String', true)).Version).toBe(2)
      expect(await read('/contract/a')).toMatchObject({ Value: 'two', Version: 2 })
    })

    it('keeps the type of a parameter that is overwritten without one', async () => {
      await put('/contract/a', 'one', 'SecureString')
      await ssm.send(new PutParameterCommand({ Name: '/contract/a', Value: 'two', Overwrite: true }))
      expect(await read('/contract/a', true)).toMatchObject({ Value: 'two', Type: 'SecureString' })
    })

    it('refuses another type for a parameter that is there', async () => {
      await put('/contract/a', 'one')
      await expect(put('/contract/a', 'two', 'SecureString', true)).rejects.toThrow(HierarchyTypeMismatchException)
    })

    it('wants a type for a new parameter', async () => {
      const untyped = new PutParameterCommand({ Name: '/contract/a', Value: 'x' })
      await expect(ssm.send(untyped)).rejects.toMatchObject({ name: 'ValidationException' })
    })

    it.each([
      ['contract/a', 'a path without its first slash'],
      ['/contract/a b', 'a space'],
      ['/aws/contract', 'a reserved prefix'],
      [`${'/contract'.repeat(16)}`, '16 levels'],
    ])('refuses the name %s: %s', async (parameterName) => {
      await expect(put(parameterName, 'x')).rejects.toThrow()
    })

    it('takes 4,096 characters in the standard tier and 8,192 in the advanced one', async () => {
      await put('/contract/a', 'x'.repeat(4096))
      await expect(put('/contract/b', 'x'.repeat(4097))).rejects.toMatchObject({ name: 'ValidationException' })
      const advanced = (length: number) =>
        new PutParameterCommand({ Name: '/contract/c', Value: 'x'.repeat(length), Type: 'String', Tier: 'Advanced' })
      expect((await ssm.send(advanced(8192))).Tier).toBe('Advanced')
      await expect(ssm.send(advanced(8193))).rejects.toMatchObject({ name: 'ValidationException' })
    })

    it('shows a secret only to who asks for decryption', async () => {
      await put('/contract/secret', 'open sesame', 'SecureString')
      expect((await read('/contract/secret', true))?.Value).toBe('open sesame')
      const sealed = await read('/contract/secret')
      expect(sealed?.Type).toBe('SecureString')
      expect(`${sealed?.Value} ${Buffer.from(`${sealed?.Value}`, 'base64')}`).not.toContain('open sesame')
    })

    it('shows no secret in a list without decryption', async () => {
      await put('/contract/secret', 'open sesame', 'SecureString')
      const many = await ssm.send(new GetParametersCommand({ Names: ['/contract/secret'] }))
      const below = await ssm.send(new GetParametersByPathCommand({ Path: '/contract' }))
      expect(JSON.stringify([many.Parameters, below.Parameters])).not.toContain('open sesame')
      const open = await ssm.send(new GetParametersByPathCommand({ Path: '/contract', WithDecryption: true }))
      expect(open.Parameters?.map(({ Value }) => Value)).toEqual(['open sesame'])
    })

    it('says which of several are missing', async () => {
      await put('/contract/a', '1')
      const answer = await ssm.send(new GetParametersCommand({ Names: ['/contract/a', '/contract/none'] }))
      expect(answer.Parameters?.map(({ Name, Value }) => [Name, Value])).toEqual([['/contract/a', '1']])
      expect(answer.InvalidParameters).toEqual(['/contract/none'])
    })

    it('reads at most ten by name', async () => {
      const Names = Array.from({ length: 11 }, (_, index) => `/contract/${index}`)
      await expect(ssm.send(new GetParametersCommand({ Names }))).rejects.toMatchObject({ name: 'ValidationException' })
    })

    it('answers a read and a removal of what is not there with ParameterNotFound', async () => {
      await expect(read('/contract/none')).rejects.toThrow(ParameterNotFound)
      await expect(ssm.send(new DeleteParameterCommand({ Name: '/contract/none' }))).rejects.toThrow(ParameterNotFound)
    })

    it('lists the level below a path, or all levels', async () => {
      for (const parameter of ['a', 'b/c', 'b/d/e']) await put(`/contract/tree/${parameter}`, 'x')
      await put('/contract/treehouse', 'x')
      const names = async (path: string, Recursive: boolean) => {
        const answer = await ssm.send(new GetParametersByPathCommand({ Path: path, Recursive }))
        return answer.Parameters?.map(({ Name }) => Name).sort()
      }
      expect(await names('/contract/tree', false)).toEqual(['/contract/tree/a'])
      expect(await names('/contract/tree/', true)).toEqual([
        '/contract/tree/a',
        '/contract/tree/b/c',
        '/contract/tree/b/d/e',
      ])
      expect(await names('/contract/nothing', true)).toEqual([])
    })

    it('gives at most ten a page, and every one once', async () => {
      const wanted = Array.from({ length: 23 }, (_, index) => `/contract/many/${String(index).padStart(2, '0')}`)
      for (const parameter of wanted) await put(parameter, 'x')
      const found: (string | undefined)[] = []
      const sizes: number[] = []
      let NextToken: string | undefined
      do {
        const page = await ssm.send(
          new GetParametersByPathCommand({ Path: '/contract/many', ...(NextToken && { NextToken }) }),
        )
        sizes.push(page.Parameters?.length ?? 0)
        found.push(...(page.Parameters ?? []).map(({ Name }) => Name))
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      expect(found.sort()).toEqual(wanted)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10)
    })

    it('refuses more than ten a page', async () => {
      const page = new GetParametersByPathCommand({ Path: '/contract', MaxResults: 11 })
      await expect(ssm.send(page)).rejects.toMatchObject({ name: 'ValidationException' })
    })

    it('removes parameters and says which were not there', async () => {
      await put('/contract/a', 'x')
      await put('/contract/b', 'x')
      const Names = ['/contract/a', '/contract/none']
      const answer = await ssm.send(new DeleteParametersCommand({ Names }))
      expect(answer).toMatchObject({ DeletedParameters: ['/contract/a'], InvalidParameters: ['/contract/none'] })
      await ssm.send(new DeleteParameterCommand({ Name: '/contract/b' }))
      await expect(read('/contract/b')).rejects.toThrow(ParameterNotFound)
    })

    it('begins at version 1 again after a removal', async () => {
      await put('/contract/a', 'one')
      await put('/contract/a', 'two', 'String', true)
      await ssm.send(new DeleteParameterCommand({ Name: '/contract/a' }))
      expect((await put('/contract/a', 'three')).Version).toBe(1)
    })
  })
}
