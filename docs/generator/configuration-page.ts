import { destinationFields } from '../../shared/config/destination-config.ts'
import { durationText } from '../../shared/config/duration-text.ts'
import { sourceFields } from '../../shared/config/source-config.ts'
import type { AnyDestination } from '../../shared/contracts/destination.ts'
import type { AnySource } from '../../shared/contracts/source.ts'
import { fieldTable } from './field-table.ts'
import { fieldsSchema } from './json-schema.ts'
import { markdownTable } from './markdown-table.ts'

/** The text of docs/configuration.md. */
export function configurationPage(sources: readonly AnySource[], destinations: readonly AnyDestination[]): string {
  return [
    INTRODUCTION,
    SOURCES,
    fieldTable(fieldsSchema(sourceFields('1s')), ['$schema']),
    SOURCE_DEFAULTS,
    traitsTable(sources),
    ...sources.map(({ type, config }) => typeSection('sources', type, fieldTable(fieldsSchema(config)))),
    DESTINATIONS,
    fieldTable(fieldsSchema(destinationFields), ['$schema']),
    AUTHENTICATION,
    NORMALIZE,
    FILTER,
    BATCH,
    batchTable(destinations),
    ...destinations.map(({ type, config }) => typeSection('destinations', type, fieldTable(fieldsSchema(config)))),
    PROBLEMS,
  ].join('\n\n')
}

function typeSection(folder: string, type: string, table: string): string {
  return `### \`${type}\`\n\nMore: [${folder}/${type}.md](${folder}/${type}.md)\n\n${table}`
}

function traitsTable(sources: readonly AnySource[]): string {
  const rows = sources.map(({ type, traits, retentionMs: configured }) => {
    const { settleMs, overlapMs, sweep, retentionMs, requestsPerMinute } = traits
    const swept =
      sweep === undefined ? 'not possible' : `every ${durationText(sweep.everyMs)}, back ${durationText(sweep.backMs)}`
    const known = retentionMs === undefined ? 'not documented' : durationText(retentionMs)
    const kept = configured === undefined ? known : 'as configured, see below'
    return [`\`${type}\``, durationText(settleMs), durationText(overlapMs), swept, kept, `${requestsPerMinute}`]
  })
  const header = ['type', 'settle', 'overlap', 'sweep', 'the vendor keeps events', 'requests per minute, at most']
  return markdownTable([header, ...rows])
}

function batchTable(destinations: readonly AnyDestination[]): string {
  const rows = destinations.map(({ type, batch }) => [`\`${type}\``, `${batch.maxEvents}`, `${batch.maxBytes}`])
  return markdownTable([['type', 'maxEvents', 'maxBytes'], ...rows])
}

const INTRODUCTION = `# Configuration

<!-- Generated from the schemas by \`npm run docs\`. Change those instead: shared/config, the sources and the destinations. -->

A source is a vendor's log that is read; a destination is a receiver that gets the events. Each is one small JSON document.

${markdownTable([
  [
    '',
    'in AWS, under a prefix (`/pollhook` unless deployed with another)',
    'in a folder, for local runs and `pollhook push`',
  ],
  ['a source', 'parameter `<prefix>/sources/<id>`, type String', '`sources/<id>.json`'],
  ['a destination', 'parameter `<prefix>/destinations/<id>`, type String', '`destinations/<id>.json`'],
  ['a secret', 'parameter `<prefix>/secrets/<name>`, type SecureString, plain text', '`secrets/<name>`, plain text'],
])}

An id has up to 63 of \`a\`–\`z\`, \`0\`–\`9\` and \`-\`, and does not begin with \`-\`. Choose it well: the id of a source is part of
the ids of its events, and its position is kept under it. A secret's name may contain \`/\`.

How values are written:

- A **secret** is never written into a configuration, only its name: \`{"secret": "tines/api-key"}\`. Names below \`sources/\` can be
  read by the polling side alone, and names below \`destinations/\` by the delivering side alone; others by both. A name
  that begins with \`aws:secretsmanager:\` is read from Secrets Manager; see [deploy.md](deploy.md) for the permission it needs.
- A **duration** is a whole number and a unit: \`30s\`, \`5m\`, \`24h\`, \`3d\`.
- A **time** is RFC 3339: \`2026-05-01T10:15:00Z\`.
- An unknown field is an error. So is a field that stands there twice.

For completion and checks in an editor, name the JSON Schema in the document: \`"$schema": "…/docs/schema/source.schema.json"\` or
\`destination.schema.json\`. \`pollhook check DIR\` checks a folder, references between the files included, without any network.`

const SOURCES = `## Sources

\`\`\`json
{
  "type": "tines",
  "baseUrl": "https://acme.tines.com",
  "apiKey": { "secret": "sources/tines/api-key" },
  "destinations": ["soc"],
  "every": "1m"
}
\`\`\`

Fields of every source:`

const SOURCE_DEFAULTS = `What \`settle\`, \`overlap\` and \`sweep\` are when they are left out, and what is known of the vendor:`

const DESTINATIONS = `## Destinations

\`\`\`json
{
  "type": "webhook",
  "url": "https://soc.example.com/pollhook",
  "signing": { "scheme": "standard-webhooks", "keys": [{ "secret": "destinations/soc/signing-key" }] },
  "filter": { "types": ["tines.*"] }
}
\`\`\`

Fields of every destination:`

const AUTHENTICATION = `### \`auth\`, \`tls\` and \`compression\`

Bearer tokens, passwords, OAuth 2.0, client certificates, authorities of your own, and an example of each: [authentication.md](authentication.md).`

const NORMALIZE = `### \`normalize\`

What is mapped from each source to OCSF and ECS, and when to choose which: [normal-forms.md](normal-forms.md).`

const FILTER = `### \`filter\`

An event is sent when its type matches one of \`types\` and none of \`exclude\`. In a pattern, \`*\` stands for any characters, none
and dots included; everything else stands for itself, upper and lower case being different. So \`merge.*\` matches
\`merge.sync.running\`, and \`*.running\` does too.

pollhook's own events, such as \`pollhook.gap\`, are not subject to \`types\`: a gap must not go unsaid because somebody asked for
\`merge.*\`. An \`exclude\` that matches them keeps them away.`

const BATCH = `### \`batch\`

Events are cut into requests when they are read, so a change holds for events that are read after it. What a part is when it is
left out (a format that carries one event per request lowers \`maxEvents\` to 1):`

const PROBLEMS = `## When something is wrong

A document that cannot be used stops its own source or destination alone, and is counted by an alarm. \`pollhook check\`, the log
and \`pollhook status\` say what is wrong, one line per problem: the document, the field, what was wanted, what was found.

\`\`\`
Cannot use /pollhook/sources/tines-prod as every must be a duration from 1m to 24h: found "10s"
Cannot use /pollhook/sources/tines-prod as it has the unknown key "destination": did you mean "destinations"?
Cannot use /pollhook/sources/tines-prod as apiKey must be a reference to a secret: found a string; a secret is referred to as {"secret": "<name>"} and kept in /pollhook/secrets/<name>
\`\`\`

A source that names a destination that does not exist, or one that cannot be used, is not polled until that is mended: its events
stay with the vendor, so that none is missing from one destination.
`
