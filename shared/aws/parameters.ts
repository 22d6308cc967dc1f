import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm'
import type { Timestamp } from '../contracts/event.ts'
import { awsFault } from './aws-fault.ts'

const DEFAULT_CACHE_MS = 60_000

/** The parameters below a path, by the rest of their names. */
export interface ParameterTree {
  readonly texts: ReadonlyMap<string, string>
  /** When each was last written. */
  readonly changedAt: ReadonlyMap<string, Timestamp>
}

/** Configurations in Parameter Store. */
export interface ParameterTrees {
  /**
   * Every parameter below a path. Never decrypted, so a secret in the wrong tree stays one.
   *
   * @param path begins with a slash and does not end in one, such as `/pollhook/sources`
   * @throws Fault `store-unavailable`
   */
  list(path: string): Promise<ParameterTree>
}

/** @param cacheMs how long an answer is given again; 0 reads every time. Default: 60 s */
export function parameterTrees(
  client: SSMClient,
  cacheMs: number = DEFAULT_CACHE_MS,
  now: () => number = Date.now,
): ParameterTrees {
  const cache = new Map<string, { readonly readAtMs: number; readonly tree: ParameterTree }>()
  return {
    async list(path) {
      const cached = cache.get(path)
      if (cached !== undefined && now() - cached.readAtMs < cacheMs) return cached.tree
      const readAtMs = now()
      const tree = await readTree(client, path)
      cache.set(path, { readAtMs, tree })
      return tree
    },
  }
}

async function readTree(client: SSMClient, path: string): Promise<ParameterTree> {
  const [texts, changedAt] = [new Map<string, string>(), new Map<string, Timestamp>()]
  try {
    // A page may be empty and not be the last.
    for await (const page of paginateGetParametersByPath({ client }, { Path: path, Recursive: true })) {
      for (const { Name, Value, LastModifiedDate } of page.Parameters ?? []) {
        if (Name === undefined || Value === undefined) continue
        const id = Name.slice(path.length + 1)
        texts.set(id, Value)
        if (LastModifiedDate !== undefined) changedAt.set(id, LastModifiedDate.toISOString())
      }
    }
  } catch (error) {
    throw awsFault('store-unavailable', `list the parameters under ${path}`, error)
  }
  return { texts, changedAt }
}
