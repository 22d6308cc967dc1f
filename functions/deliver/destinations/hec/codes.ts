/**
 * What a collector's answer means by its code.
 *
 * - `taken`: only with a status of success
 * - `cut-off`: the objects before `invalid-event-number` are indexed, that one is bad, and those behind it were not looked at
 * - `wrong-index`: as `cut-off`, but the number names the object behind the bad one, and it is the configuration that is wrong
 */
export type CodeMeaning = 'taken' | 'retry' | 'hold' | 'refused' | 'cut-off' | 'wrong-index'

/**
 * All codes of Splunk, with the status they come with
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector). 23 to 27 are of
 * newer releases, 28 is Splunk Cloud's.
 */
export const CODES: Readonly<Record<number, { readonly means: CodeMeaning; readonly text: string }>> = {
  0: { means: 'taken', text: 'success' }, // 200
  1: { means: 'hold', text: 'the token is disabled' }, // 403
  2: { means: 'hold', text: 'a token is required' }, // 401
  3: { means: 'hold', text: 'the authorization is not valid' }, // 401
  4: { means: 'hold', text: 'the token is not known' }, // 403
  5: { means: 'refused', text: 'no data' }, // 400
  6: { means: 'cut-off', text: 'the format of the data is not valid' }, // 400
  7: { means: 'wrong-index', text: 'the token may not write to this index' }, // 400
  8: { means: 'retry', text: 'internal server error' }, // 500
  9: { means: 'retry', text: 'the server is busy' }, // 503
  10: { means: 'hold', text: 'the token wants a channel: set acknowledge to true, or turn acknowledgement off for it' }, // 400
  11: { means: 'hold', text: 'the channel is not valid' }, // 400
  12: { means: 'cut-off', text: 'the event is missing' }, // 400
  13: { means: 'cut-off', text: 'the event is blank' }, // 400
  14: { means: 'hold', text: 'acknowledgement is turned off for the token' }, // 400
  15: { means: 'cut-off', text: 'the indexed fields cannot be read' }, // 400
  16: { means: 'hold', text: 'a token in the query is not allowed' }, // 400
  17: { means: 'hold', text: 'this is the health endpoint' }, // 200
  18: { means: 'retry', text: 'the queues are full' }, // 503
  19: { means: 'retry', text: 'acknowledgement is not available' }, // 503
  20: { means: 'retry', text: 'the queues are full, and acknowledgement is not available' }, // 503
  21: { means: 'hold', text: 'the token is not known' }, // 400
  22: { means: 'hold', text: 'the token is disabled' }, // 400
  23: { means: 'retry', text: 'the server is shutting down' }, // 503
  24: { means: 'taken', text: 'success, but the queue is nearly full' }, // 200
  25: { means: 'taken', text: 'success, but acknowledgement is nearly at its limit' }, // 200
  26: { means: 'retry', text: 'the queue is full' }, // 429
  27: { means: 'retry', text: 'acknowledgement is at its limit' }, // 429
  28: { means: 'hold', text: 'a channel is required, so that the load balancer can keep to one server' }, // 400
}
