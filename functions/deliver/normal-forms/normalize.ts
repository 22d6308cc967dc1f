import type { Delivery, NormalForm, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import { ecsDocument } from './ecs.ts'
import { ocsfDocument } from './ocsf.ts'
import { type Understood, understand } from './understood.ts'

type Render = (event: OutgoingEvent, source: Delivery['source'], understood: Understood) => string

const RENDERERS: Readonly<Record<NormalForm, Render>> = { ocsf: ocsfDocument, ecs: ecsDocument }

/**
 * The event in a schema that consumers agreed on: `raw` becomes a document of that schema, on one line unless the record has line
 * breaks of its own. The vendor's record stands in it as the vendor wrote it. Id, type and time stay.
 *
 * It never fails for what is in a record: what is not understood becomes the schema's most general event.
 */
export function normalized(event: OutgoingEvent, source: Delivery['source'], form: NormalForm): OutgoingEvent {
  return { ...event, form, raw: RENDERERS[form](event, source, understand(event, source)) }
}
