import { Fault, type FaultKind } from '../contracts/fault.ts'

/**
 * What an error of the AWS SDK is to pollhook. The message has the error's name, status and request id, which is what AWS
 * Support asks for; the SDK's own text and the error itself stay behind, because they may quote what was sent.
 *
 * @param action completes "Cannot …"
 * @returns the error itself when it is a Fault already
 */
export function awsFault(kind: FaultKind, action: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  return new Fault(kind, `Cannot ${action}: found ${describe(error)}, wanted an answer`)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { httpStatusCode, requestId } = metadataOf(error)
  const details = [
    ...(typeof httpStatusCode === 'number' ? [`HTTP ${httpStatusCode}`] : []),
    ...(typeof requestId === 'string' ? [`request ${requestId}`] : []),
  ]
  return details.length === 0 ? error.name : `${error.name} (${details.join(', ')})`
}

function metadataOf(error: Error): { httpStatusCode?: unknown; requestId?: unknown } {
  return '$metadata' in error && typeof error.$metadata === 'object' && error.$metadata !== null ? error.$metadata : {}
}
