import { createAxiom } from './axiom.ts'
import { createNgsiem } from './crowdstrike-ngsiem.ts'
import { createDatadog } from './datadog.ts'
import { createElastic } from './elastic.ts'
import { createEventBridge } from './eventbridge.ts'
import { createFirehose } from './firehose.ts'
import { createGoogleSecops } from './google-secops.ts'
import { createLogscale } from './logscale.ts'
import { createLoki } from './loki.ts'
import { createNewRelic } from './newrelic.ts'
import { createOpensearch } from './opensearch.ts'
import { createOtlp } from './otlp.ts'
import { createPanther } from './panther.ts'
import { createRapid7 } from './rapid7.ts'
import type { CreateReceiver } from './receiver.ts'
import { createS3 } from './s3.ts'
import { createSentinel } from './sentinel.ts'
import { createSplunk } from './splunk-hec.ts'
import { createSumoLogic } from './sumologic.ts'

/** A simulated receiver for each type of destination but the webhook, whose receiver is the demo's own. */
export const RECEIVERS: Readonly<Record<string, CreateReceiver>> = {
  'splunk-hec': () => createSplunk(),
  logscale: createLogscale,
  'crowdstrike-ngsiem': createNgsiem,
  elastic: createElastic,
  opensearch: createOpensearch,
  sentinel: createSentinel,
  'google-secops': createGoogleSecops,
  panther: createPanther,
  rapid7: createRapid7,
  s3: createS3,
  firehose: createFirehose,
  eventbridge: createEventBridge,
  datadog: () => createDatadog(),
  sumologic: createSumoLogic,
  newrelic: () => createNewRelic(),
  loki: () => createLoki(),
  otlp: () => createOtlp(),
  axiom: () => createAxiom(),
}
