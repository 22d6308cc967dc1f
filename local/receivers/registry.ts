import { createLogscale } from './logscale.ts'
import type { CreateReceiver } from './receiver.ts'
import { createSplunk } from './splunk-hec.ts'

/** A simulated receiver for each type of destination but the webhook, whose receiver is the demo's own. */
export const RECEIVERS: Readonly<Record<string, CreateReceiver>> = {
  'splunk-hec': () => createSplunk(),
  logscale: createLogscale,
}
