import { z } from 'zod'
import type { Outcome } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { jsonReply } from './json-reply.ts'

/** The field `region` of a service of AWS. */
export const region = z
  .string()
  .regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/, 'must be a Region, such as eu-west-1')
  .describe('the Region, such as eu-west-1')

/** Partitions with a domain of their own, by the beginning of their Regions. */
const DOMAINS: Readonly<Record<string, string>> = { cn: 'amazonaws.com.cn', eusc: 'amazonaws.eu' }

/** The host of a service, without its name in front. */
export function awsDomain(inRegion: string): string {
  const [partition = ''] = inRegion.split('-', 1)
  return `${inRegion}.${DOMAINS[partition] ?? 'amazonaws.com'}`
}

/**
 * A call in the protocol AWS JSON 1.1 (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
 *
 * @param target the operation, such as `Firehose_20150804.PutRecordBatch`
 */
export function awsJsonRequest(url: string, target: string, body: string): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body,
  }
}

/**
 * What the common errors mean (https://docs.aws.amazon.com/firehose/latest/APIReference/CommonErrors.html), and those of Firehose
 * and EventBridge. They say more than the status, which is 400 for nearly all of them: a rejected signature as well as throttling.
 */
const BY_ERROR: Readonly<Record<string, 'retry' | 'hold'>> = {
  ExpiredToken: 'retry',
  ExpiredTokenException: 'retry',
  InternalException: 'retry',
  InternalFailure: 'retry',
  LimitExceededException: 'retry',
  RequestExpired: 'retry',
  RequestTimeoutException: 'retry',
  ServiceUnavailable: 'retry',
  ServiceUnavailableException: 'retry',
  Throttling: 'retry',
  ThrottlingException: 'retry',
  AccessDenied: 'hold',
  AccessDeniedException: 'hold',
  IncompleteSignature: 'hold',
  IncompleteSignatureException: 'hold',
  InvalidClientTokenId: 'hold',
  InvalidKMSResourceException: 'hold',
  InvalidSignatureException: 'hold',
  InvalidSourceException: 'hold',
  MissingAuthenticationToken: 'hold',
  MissingAuthenticationTokenException: 'hold',
  NotAuthorized: 'hold',
  OptInRequired: 'hold',
  ResourceNotFoundException: 'hold',
  SignatureDoesNotMatch: 'hold',
  UnknownOperationException: 'hold',
  UnrecognizedClientException: 'hold',
}

/** What an answer without 2xx means. */
export function awsFailure(response: HttpResponse): Outcome {
  const error = errorOf(response)
  const kind = error !== undefined && Object.hasOwn(BY_ERROR, error) ? BY_ERROR[error] : undefined
  if (kind !== undefined) return { kind, reason: `the receiver answered ${error}` }
  const outcome = outcomeOf(response.status)
  if (error === undefined || outcome.kind === 'delivered') return outcome
  return { ...outcome, reason: `${outcome.reason}: ${error}` }
}

/** What became of each entry of a batch: undefined when it was taken, else the error code, in the order of the events. */
export type EntryErrors = readonly (string | undefined)[]

/** What the answer to a batch means. An entry whose error is not in the table is sent again. */
export function entriesOutcome(errors: EntryErrors, table: Readonly<Record<string, 'hold' | 'refused'>>): Outcome {
  const failed = errors.flatMap((error, index) =>
    error === undefined
      ? []
      : [
          {
            index,
            kind: Object.hasOwn(table, error) ? (table[error] ?? 'retry') : 'retry',
            reason: `the receiver answered ${shown(error)}`,
          },
        ],
  )
  const [first] = failed
  if (first === undefined) return { kind: 'delivered' }
  const isAll = failed.length === errors.length
  if (isAll && failed.every(({ kind }) => kind === 'hold')) return { kind: 'hold', reason: first.reason }
  if (isAll && failed.every(({ kind }) => kind === 'retry')) return { kind: 'retry', reason: first.reason }
  return {
    kind: 'partial',
    // An entry that is to be held is tried again: when it is alone with its like, the destination is on hold.
    retry: failed.filter(({ kind }) => kind !== 'refused').map(({ index }) => index),
    refused: failed.filter(({ kind }) => kind === 'refused').map(({ index, reason }) => ({ index, reason })),
  }
}

const errorBody = z.looseObject({ __type: z.string() })
const ERROR_NAME = /^[A-Za-z]{1,60}$/

/** The error's name, from header or body; both may have a namespace before it and a URL behind it. */
function errorOf({ headers, body }: HttpResponse): string | undefined {
  const text = headers['x-amzn-errortype'] ?? jsonReply(body, errorBody)?.__type
  const [name = ''] = (text ?? '').replace(/^.*#/, '').split(':', 1)
  return ERROR_NAME.test(name) ? name : undefined
}

function shown(error: string): string {
  return ERROR_NAME.test(error) ? error : 'an error that is not known'
}
