import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..')
const APP = pathToFileURL(join(ROOT, 'infra/app.ts')).href
/** What the stack and the bundles are made from. */
const INPUTS = ['infra', 'functions', 'shared', 'package.json', 'package-lock.json', 'cdk.json']
/** Everything that a deployment may ask for and a local run can have. */
const CONTEXT = { orderedDelivery: true }
/** Older assemblies are removed; a run that is under way may still be using one of the younger. */
const KEPT = 5

/**
 * Synthesizes the stack and builds the functions, as `cdk synth` does.
 *
 * @param cache a folder for the results, one for each state of the code, so that an unchanged one costs nothing
 * @param onBuild called when there is none yet, and it is going to take some seconds
 * @returns the folder of the assembly
 * @throws Error with the output of the CDK app
 */
export async function synthesize(cache: string, onBuild: () => void): Promise<string> {
  const assembly = join(cache, contentHash())
  if (existsSync(assembly)) return assembly
  onBuild()
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'draft-'))
  try {
    // In a process of its own, because CDK takes 200 MB and blocks; its checks are the business of the infrastructure's tests.
    const script = `(await import(${JSON.stringify(APP)})).synthesize(${JSON.stringify({ outdir: draft, checks: false, context: CONTEXT })})`
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT })
    moveIntoPlace(draft, assembly)
  } catch (error) {
    throw new Error(`Cannot synthesize infra/app.ts: ${outputOf(error)}`, { cause: error })
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  removeOld(cache, assembly)
  return assembly
}

/** Another run may have been quicker, and its assembly is as good. */
function moveIntoPlace(draft: string, assembly: string): void {
  try {
    renameSync(draft, assembly)
  } catch (error) {
    if (!existsSync(assembly)) throw error
  }
}

function contentHash(): string {
  const hash = createHash('sha256').update(JSON.stringify(CONTEXT))
  for (const input of INPUTS.filter((path) => existsSync(join(ROOT, path)))) {
    for (const path of filesOf(input))
      hash
        .update(path)
        .update('\0')
        .update(readFileSync(join(ROOT, path)))
        .update('\0')
  }
  return hash.digest('hex').slice(0, 32)
}

function filesOf(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path]
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort()
}

function removeOld(cache: string, current: string): void {
  const others = readdirSync(cache)
    .map((name) => join(cache, name))
    .filter((path) => path !== current)
    .map((path) => ({ path, ageMs: statSync(path).mtimeMs }))
    .sort((a, b) => b.ageMs - a.ageMs)
  for (const { path } of others.slice(KEPT - 1)) rmSync(path, { recursive: true, force: true })
}

function outputOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string }
  return stderr?.trim() || `${message}`
}
