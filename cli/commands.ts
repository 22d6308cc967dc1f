import type { Command } from './command.ts'

/** A line of `pollhook help`. Loading is left until a command is used, so that each starts fast. */
interface Entry {
  readonly summary: string
  load(): Promise<Command>
}

/** Every command, in the order of `pollhook help`. `dev` is the embedded run. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  dev: {
    summary: 'run everything on this machine, without AWS',
    load: async () => (await import('./dev.ts')).command,
  },
  check: {
    summary: 'check configuration files before anybody uses them',
    load: async () => (await import('./commands/check.ts')).command,
  },
  push: {
    summary: 'bring a folder of configuration files to Parameter Store',
    load: async () => (await import('./commands/push.ts')).command,
  },
  secret: {
    summary: 'store a secret from standard input',
    load: async () => (await import('./commands/secret.ts')).command,
  },
  status: {
    summary: 'show every source and destination, and how far it has got',
    load: async () => (await import('./commands/status.ts')).command,
  },
  pause: {
    summary: 'stop polling a source; its position is kept',
    load: async () => (await import('./commands/pause.ts')).pause,
  },
  resume: {
    summary: 'go on polling a paused source where it stopped',
    load: async () => (await import('./commands/pause.ts')).resume,
  },
  gaps: {
    summary: 'list the intervals whose events may be missing',
    load: async () => (await import('./commands/gaps.ts')).command,
  },
  rewind: {
    summary: 'read a source again from a time on',
    load: async () => (await import('./commands/rewind.ts')).command,
  },
  backfill: {
    summary: 'read an interval of a source besides its live position',
    load: async () => (await import('./commands/backfill.ts')).command,
  },
  dlq: {
    summary: 'list, show, replay or drop dead letters',
    load: async () => (await import('./commands/dlq.ts')).command,
  },
}
