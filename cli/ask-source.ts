import { setTimeout as sleep } from 'node:timers/promises'
import { pageFetcher, REQUEST_TIMEOUT_MS } from '../functions/poll/fetch-page.ts'
import { newLane } from '../functions/poll/lanes.ts'
import { pages } from '../functions/poll/pages.ts'
import type { SourceConfig } from '../shared/config/source-config.ts'
import { Fault } from '../shared/contracts/fault.ts'
import type { SecretStore } from '../shared/contracts/http.ts'
import { fromMs } from '../shared/contracts/time.ts'
import { createSend } from '../shared/http/client.ts'
import type { Call } from './command.ts'
import { type ConfigFolder, readSecret } from './config-folder.ts'
import { count } from './table.ts'

/** How much of the log the one page is taken from. */
const BACK_MS = 3_600_000

/** What a source answered: a line for people, or why there was no answer. */
export interface Asked {
  readonly source: string
  readonly line?: string
  readonly problem?: string
  readonly events?: number
}

/** Asks a source for one page of its last hour, as the poller would, and keeps nothing. */
export async function askSource(config: SourceConfig, folder: ConfigFolder, call: Call): Promise<Asked> {
  const nowMs = call.now().getTime()
  const span = { from: fromMs(nowMs - BACK_MS), to: fromMs(nowMs - config.settleMs), overlapMs: 0, bounded: true }
  const ports = {
    send: createSend({ local: call.options.local === true }),
    secrets: secretsOf(folder),
    now: call.now,
    sleep,
    random: Math.random,
    vendorNow: call.now,
    timeLeftMs: () => REQUEST_TIMEOUT_MS,
    onRequest: () => {},
    onAnswer: () => {},
  }
  try {
    const fetch = await pageFetcher(config, ports)
    for await (const page of pages(config, newLane(span.from, span.to, config.fingerprint), span, fetch)) {
      const broken = page.malformed.length === 0 ? '' : `, ${count(page.malformed.length, 'broken record')}`
      const line = `sources/${config.id} answered: ${count(page.events.length, 'event')} on its first page of the last hour${broken}`
      return { source: config.id, line, events: page.events.length }
    }
    throw new Fault('unexpected-answer', 'found no page, wanted one')
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { source: config.id, problem: `Cannot read source ${config.id}: ${error.message}` }
  }
}

function secretsOf(folder: ConfigFolder): SecretStore {
  return {
    read: async (references) => {
      for (const { secret } of references) {
        if (folder.secrets.includes(secret)) continue
        throw new Fault('secret-missing', `Cannot read the secret ${secret}: wanted ${folder.dir}/secrets/${secret}`)
      }
      return ({ secret }) => readSecret(folder, secret)
    },
  }
}
