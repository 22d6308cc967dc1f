import {
  DeleteParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'

/** DeleteParameters and GetParameters take ten names: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html. */
const NAMES_PER_CALL = 10

/** A parameter to be written. `Advanced` costs money: https://aws.amazon.com/systems-manager/pricing/. */
export interface NewParameter {
  readonly name: string
  readonly value: string
  readonly type: 'String' | 'SecureString'
  readonly tier: 'Standard' | 'Advanced'
}

/** A parameter as a listing shows it. */
interface Listed {
  readonly value: string
  readonly changedAt: string | undefined
}

/** The operator's side of Parameter Store: reads what is there, writes and deletes with the operator's own permissions. */
export class ParameterStore {
  readonly #client: SSMClient

  constructor(client: SSMClient) {
    this.#client = client
  }

  /** The values of all parameters directly below a path, by the last part of their names; secrets stay sealed. */
  async below(path: string): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.listed(path))].map(([id, { value }]) => [id, value]))
  }

  /** The same, with the time at which each was last written. */
  async listed(path: string): Promise<ReadonlyMap<string, Listed>> {
    const found = new Map<string, Listed>()
    let NextToken: string | undefined
    do {
      const page = await this.#client.send(new GetParametersByPathCommand({ Path: path, NextToken }))
      for (const { Name = '', Value: value = '', LastModifiedDate } of page.Parameters ?? []) {
        found.set(Name.slice(path.length + 1), { value, changedAt: LastModifiedDate?.toISOString() })
      }
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return found
  }

  /** The values of those parameters that exist, secrets opened. */
  async opened(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for (const Names of tens(names)) {
      const page = await this.#client.send(new GetParametersCommand({ Names, WithDecryption: true }))
      for (const { Name = '', Value = '' } of page.Parameters ?? []) found.set(Name, Value)
    }
    return found
  }

  /** Creates or overwrites. */
  async put({ name, value, type, tier }: NewParameter): Promise<void> {
    const input = { Name: name, Value: value, Type: type, Tier: tier, Overwrite: true }
    await this.#client.send(new PutParameterCommand(input))
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const Names of tens(names)) await this.#client.send(new DeleteParametersCommand({ Names }))
  }
}

function tens(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / NAMES_PER_CALL) }, (_, page) =>
    names.slice(page * NAMES_PER_CALL, (page + 1) * NAMES_PER_CALL),
  )
}
