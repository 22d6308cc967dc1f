import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { axiom } from './axiom.ts'
import { crowdstrikeNgsiem } from './crowdstrike-ngsiem.ts'
import { datadog } from './datadog.ts'
import { elastic } from './elastic.ts'
import { eventbridge } from './eventbridge.ts'
import { firehose } from './firehose.ts'
import { googleSecops } from './google-secops.ts'
import { logscale } from './logscale.ts'
import { loki } from './loki.ts'
import { newrelic } from './newrelic.ts'
import { opensearch } from './opensearch.ts'
import { otlp } from './otlp.ts'
import { panther } from './panther.ts'
import { rapid7 } from './rapid7.ts'
import { s3 } from './s3.ts'
import { sentinel } from './sentinel.ts'
import { splunkHec } from './splunk-hec.ts'
import { sumologic } from './sumologic.ts'
import { webhook } from './webhook.ts'

/** Every kind of destination, by the `type` of a configuration. */
export const DESTINATIONS: Readonly<Record<string, AnyDestination>> = {
  webhook,
  'splunk-hec': splunkHec,
  logscale,
  'crowdstrike-ngsiem': crowdstrikeNgsiem,
  elastic,
  opensearch,
  sentinel,
  'google-secops': googleSecops,
  panther,
  rapid7,
  s3,
  firehose,
  eventbridge,
  datadog,
  sumologic,
  newrelic,
  loki,
  otlp,
  axiom,
}
