import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { Fault } from '../contracts/fault.ts'
import type { SecretRef, SecretStore, Secrets } from '../contracts/http.ts'
import { awsFault } from './aws-fault.ts'
import { inGroups } from './in-parallel.ts'

/** How long a value is kept in memory. A new value is noticed at once where the old one is answered with 401 or 403. */
const CACHE_MS = 300_000

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const MAX_NAMES_PER_CALL = 10

const SECRETS_MANAGER = 'aws:secretsmanager:'

interface Cached {
  readonly readAtMs: number
  /** Undefined when there is no such parameter. */
  readonly value: Promise<string | undefined>
}

/**
 * Secrets in Parameter Store: `tines/api-key` is `<prefix>/secrets/tines/api-key`, and `aws:secretsmanager:<name>` is a secret of
 * Secrets Manager, read through Parameter Store's own reference
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html).
 *
 * @param prefix begins with a slash and does not end in one
 */
export function parameterSecrets(client: SSMClient, prefix: string, now: () => number = Date.now): SecretStore {
  const cache = new Map<string, Cached>()

  return {
    async read(references, fresh) {
      const names = [...new Set(references.map((reference) => parameterOf(reference, prefix)))]
      const isUsable = (cached: Cached | undefined) => cached !== undefined && now() - cached.readAtMs < CACHE_MS
      const wanted = fresh ? names : names.filter((name) => !isUsable(cache.get(name)))
      for (const group of inGroups(wanted, MAX_NAMES_PER_CALL)) {
        const answer = fetchSome(client, group)
        for (const name of group) {
          cache.set(name, { readAtMs: now(), value: answer.then((values) => values.get(name)) })
        }
      }
      return lookUpIn(await settled(cache, names), prefix)
    },
  }
}

/** @throws Fault `secret-missing`, naming every parameter that is missing. What is missing or failed is not kept. */
async function settled(cache: Map<string, Cached>, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const entries = names.map((name) => [name, cache.get(name)] as const)
  const results = await Promise.allSettled(entries.map(([, cached]) => cached?.value))
  const values = new Map<string, string>()
  for (const [index, result] of results.entries()) {
    const [name, cached] = entries[index] ?? ['', undefined]
    if (result.status === 'fulfilled' && result.value !== undefined) values.set(name, result.value)
    else if (cache.get(name) === cached) cache.delete(name)
  }
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  const missing = names.filter((name) => !values.has(name))
  if (missing.length === 0) return values
  throw new Fault('secret-missing', `Cannot read ${missing.join(', ')}: found no such parameter, wanted a secret`)
}

function lookUpIn(values: ReadonlyMap<string, string>, prefix: string): Secrets {
  return (reference) => {
    const value = values.get(parameterOf(reference, prefix))
    if (value === undefined) throw new TypeError(`The secret ${reference.secret} was not asked for`)
    return value
  }
}

function parameterOf({ secret }: SecretRef, prefix: string): string {
  if (!secret.startsWith(SECRETS_MANAGER)) return `${prefix}/secrets/${secret}`
  return `/aws/reference/secretsmanager/${secret.slice(SECRETS_MANAGER.length)}`
}

/** @throws Fault `secret-missing` when one of them may not be read; `store-unavailable` */
async function fetchSome(client: SSMClient, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const command = new GetParametersCommand({ Names: [...names], WithDecryption: true })
  const answer = await client.send(command).catch((error: unknown) => {
    const isDenied = error instanceof Error && error.name === 'AccessDeniedException'
    throw awsFault(isDenied ? 'secret-missing' : 'store-unavailable', `read ${names.join(', ')}`, error)
  })
  const found = answer.Parameters ?? []
  return new Map(
    found.flatMap(({ Name, Value }) => (Name !== undefined && Value !== undefined ? [[Name, Value] as const] : [])),
  )
}
