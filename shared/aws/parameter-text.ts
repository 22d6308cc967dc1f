import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { awsFault } from './aws-fault.ts'

/** Reads one configuration from Parameter Store. */
export type ParameterText = (name: string) => Promise<string | undefined>

/**
 * Reads a parameter's text each time it is called, without decryption.
 *
 * @returns a function that gives undefined when there is no such parameter, and throws Fault `store-unavailable`
 */
export function parameterText(client: SSMClient): ParameterText {
  return async (name) => {
    const answer = await client.send(new GetParametersCommand({ Names: [name] })).catch((error: unknown) => {
      throw awsFault('store-unavailable', `read ${name}`, error)
    })
    return answer.Parameters?.find(({ Name }) => Name === name)?.Value
  }
}
