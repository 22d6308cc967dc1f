import type { Delivery } from '../../../../shared/contracts/destination.ts'
import { document, type Shape } from './document.ts'

/** Newline-delimited JSON, the last line ended as well (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). */
export const BULK_CONTENT_TYPE = 'application/x-ndjson'

/** What of an answer is read, and what a person looks at in a dead letter. The rest only makes it larger. */
export const ANSWER_PARTS = 'errors,items.*.status,items.*.error'

/**
 * 1,000 to 5,000 documents and 5 to 15 MB is what engines work best with; a page of a vendor is rarely more than 1,000. A full message
 * (700,000 bytes, and about 120 for each event besides) still fits into the queue, which large ones cannot.
 */
export const BULK_BATCH = { maxEvents: 2_000, maxBytes: 700_000 }

/**
 * The body of a bulk request: an action and a document for each event, one a line. `create` with the event's id as `_id` stores an
 * event once, however often it is sent; data streams take no other action.
 */
export function operations(delivery: Delivery, shape: Shape, withIds: boolean): string {
  return delivery.events
    .map((event) => {
      const action = withIds ? `{"create":{"_id":${JSON.stringify(event.id)}}}` : '{"create":{}}'
      return `${action}\n${document(event, delivery, shape)}\n`
    })
    .join('')
}
