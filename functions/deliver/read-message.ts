import { type Claim, decode, type Message } from '../../shared/message.ts'
import type { ClaimReader } from './ports.ts'

/** What a text turned out to be; a problem says what was found and what was wanted, never the content. */
export type ReadAs<Value> = { readonly value: Value } | { readonly problem: string }

/** The message in a queue's text, or the claim that stands for it. */
export function readEnvelope(body: string): ReadAs<Message | Claim> {
  try {
    return { value: decode(body) }
  } catch {
    // Neither JSON.parse's error nor the schema's is kept: both may quote the text.
    return { problem: `found ${body.length} characters of another form, wanted a message of version 1` }
  }
}

/** The message that an envelope holds or stands for. @throws Fault `store-unavailable` */
export async function openEnvelope(envelope: Message | Claim, claims: ClaimReader): Promise<ReadAs<Message>> {
  if (!('claim' in envelope)) return { value: envelope }
  const text = await claims.read(envelope.claim)
  if (text === undefined)
    return { problem: `found no object ${envelope.claim} in the bucket, wanted the message itself` }
  const read = readEnvelope(text)
  if ('problem' in read) return { problem: `in the object ${envelope.claim} ${read.problem}` }
  if ('claim' in read.value)
    return { problem: `in the object ${envelope.claim} found a claim, wanted the message itself` }
  return { value: read.value }
}
