import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { logscale } from './logscale.ts'
import { splunkHec } from './splunk-hec.ts'
import { webhook } from './webhook.ts'

/** Every kind of destination, by the `type` of a configuration. */
export const DESTINATIONS: Readonly<Record<string, AnyDestination>> = {
  webhook,
  'splunk-hec': splunkHec,
  logscale,
}
