import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm'
import { awsFault } from './aws-fault.ts'

const DEFAULT_CACHE_MS = 60_000

/** Configurations in Parameter Store. */
export interface ParameterTrees {
  /**
   * Every parameter below a path: its text by the rest of its name. Never decrypted, so a secret in the wrong tree stays one.
   *
   * @param path begins with a slash and does not end in one, such as `/pollhook/sources`
   * @throws Fault `store-unavailable`
   */
  list(path: string): Promise<ReadonlyMap<string, string>>
}

/** @param cacheMs how long an answer is given again; 0 reads every time. Default: 60 s */
export function parameterTrees(
  client: SSMClient,
  cacheMs: number = DEFAULT_CACHE_MS,
  now: () => number = Date.now,
): ParameterTrees {
  const cache = new Map<string, { readonly readAtMs: number; readonly tree: ReadonlyMap<string, string> }>()
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

async function readTree(client: SSMClient, path: string): Promise<ReadonlyMap<string, string>> {
  const tree = new Map<string, string>()
  try {
    // A page may be empty and not be the last.
    for await (const page of paginateGetParametersByPath({ client }, { Path: path, Recursive: true })) {
      for (const { Name, Value } of page.Parameters ?? []) {
        if (Name !== undefined && Value !== undefined) tree.set(Name.slice(path.length + 1), Value)
      }
    }
  } catch (error) {
    throw awsFault('store-unavailable', `list the parameters under ${path}`, error)
  }
  return tree
}
