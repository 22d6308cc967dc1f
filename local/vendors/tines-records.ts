import { hex, integer, pick, uuid } from './seeded.ts'

/** What the filters look at; an event does not show all of it. */
export interface Facts {
  readonly team: number
  readonly story: number
  readonly user: number
  readonly operation: string
}

const OPERATIONS = [
  'Login',
  'StoryItemsCreation',
  'ActionsOptionsChange',
  'UserCredentialSave',
  'EventDeletion',
] as const
const TEXTS = ['Žluťoučký kůň', '日本語のテキスト', 'emoji 👩‍🚀 and \u2028 line', 'back\\slash "quoted"', ''] as const

export function facts(random: () => number): Facts {
  return {
    team: integer(random, 1, 2),
    story: integer(random, 101, 103),
    user: integer(random, 1, 5),
    operation: pick(random, OPERATIONS),
  }
}

/** An event of a story, as JSON text: about 500 bytes. Its payload is whatever the customer's actions emit. */
export function eventText(id: bigint, at: Date, { user }: Facts, random: () => number): string {
  const time = JSON.stringify(at.toISOString())
  const payload =
    `{"http_request":{"status":${pick(random, [200, 404, 503])},"headers":{"x-request-id":"${uuid(random)}"},` +
    `"body":{ "greeting": ${JSON.stringify(pick(random, TEXTS))}, "path": "\\/a\\/\\u00e9", "nested":[[{}],[[]]],` +
    `"order":${aboveTwoTo53(random)},"ratio":1.0e-2,"none":null}}}`
  return (
    `{"id":${id},"user_id":${user},"agent_id":${integer(random, 20, 40)},"payload":${payload},"created_at":${time},` +
    `"updated_at":${time},"story_run_guid":"${uuid(random)}","previous_events_ids":[${id - 1n}]}`
  )
}

/** An audit log as JSON text: about 400 bytes. */
export function auditLogText(id: bigint, at: Date, facts: Facts, random: () => number): string {
  const { user, operation, story } = facts
  const inputs = { inputs: { storyId: story, name: pick(random, TEXTS), value: 'REDACTED' } }
  return (
    `{"created_at":${JSON.stringify(at.toISOString())},"operation_name":"${operation}","id":${id},` +
    `"inputs":${operation === 'Login' ? 'null' : JSON.stringify(inputs)},` +
    `"outputs":{"sequence":${aboveTwoTo53(random)},"etag":"${hex(random, 32)}"},` +
    `"request_ip":"192.0.2.${integer(random, 1, 254)}","request_user_agent":"Mozilla/5.0 (X11; Linux) Gecko/20100101",` +
    `"tenant_id":1234,"user_id":${user},"user_email":"user${user}@example.com","user_name":"Žofie \\"Z\\" ${user}"}`
  )
}

/** An integer that a double rounds. */
function aboveTwoTo53(random: () => number): bigint {
  return 9_007_199_254_740_993n + 2n * BigInt(integer(random, 0, 499))
}
