import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { awsFault } from './aws-fault.ts'

/**
 * Hands work to a function and does not wait for its end.
 *
 * @returns a function that resolves once Lambda has accepted the payload; it throws Fault `store-unavailable`
 */
export function invoker(client: LambdaClient, functionName: string): (payload: unknown) => Promise<void> {
  return async (payload) => {
    const Payload = Buffer.from(JSON.stringify(payload))
    try {
      await client.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }))
    } catch (error) {
      throw awsFault('store-unavailable', `start a run of ${functionName}`, error)
    }
  }
}
