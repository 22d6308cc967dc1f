import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

const parameter = z.strictObject({
  name: z.string(),
  type: z.enum(['String', 'StringList', 'SecureString']),
  value: z.string(),
  version: z.number(),
  /** RFC 3339. */
  modifiedAt: z.string(),
  description: z.string().optional(),
})

export type Parameter = Readonly<z.infer<typeof parameter>>

const content = z.strictObject({ v: z.literal(1), parameters: z.array(parameter) })

/**
 * Parameters in one file, rewritten as a whole and moved into place, so that a `kill -9` leaves the old or the new content.
 *
 * Secrets are in it in plain text: the run must find them after a restart, and a key beside the file would hide them from
 * nobody. Only the file's owner can read it (mode 0600), as with the files of `secrets/` that they come from.
 */
export class Parameters {
  readonly #file: string
  readonly #byName: Map<string, Parameter>

  /** @throws when the file is there and cannot be read as parameters; it is not replaced */
  constructor(file: string) {
    this.#file = file
    this.#byName = new Map(load(file).map((entry) => [entry.name, entry]))
  }

  get(name: string): Parameter | undefined {
    return this.#byName.get(name)
  }

  /** All of them, by name. */
  all(): Parameter[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Adds a parameter or replaces its value. The first version is 1. */
  put(next: Omit<Parameter, 'version' | 'modifiedAt'>, now: Date): Parameter {
    const version = (this.#byName.get(next.name)?.version ?? 0) + 1
    const stored = { ...next, version, modifiedAt: now.toISOString() }
    this.#byName.set(next.name, stored)
    this.#save()
    return stored
  }

  /** @returns false when there was none */
  delete(name: string): boolean {
    const found = this.#byName.delete(name)
    if (found) this.#save()
    return found
  }

  #save(): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    const draft = `${this.#file}.new`
    const handle = openSync(draft, 'w', 0o600)
    try {
      writeSync(handle, JSON.stringify({ v: 1, parameters: this.all() }))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(draft, this.#file)
  }
}

function load(file: string): Parameter[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  // Neither JSON.parse nor the schema may quote what it found: the file holds secrets.
  try {
    return content.parse(JSON.parse(text)).parameters
  } catch {
    throw new Error(`Cannot read ${file}: found something else than the parameters of a local run`)
  }
}
