import type { CreateReceiver } from './receiver.ts'

/** A simulated receiver for each type of destination but the webhook, whose receiver is the demo's own. */
export const RECEIVERS: Readonly<Record<string, CreateReceiver>> = {}
