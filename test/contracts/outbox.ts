import { beforeEach, expect, test } from 'vitest'
import type { Outbox } from '../../functions/poll/ports.ts'
import { type DeadLetter, deadLetter } from '../../shared/dead-letter.ts'
import { decode, type Message } from '../../shared/message.ts'

export interface OutboxUnderTest {
  readonly outbox: Outbox
  /** The bodies in the delivery queue, in any order. */
  delivery(): Promise<readonly string[]>
  /** The bodies in the dead-letter queue, in any order. */
  deadLetters(): Promise<readonly string[]>
  /** The text kept under a key. */
  claim(key: string): Promise<string | undefined>
}

/** A message of one event whose record is JSON text of so many characters. */
export function messageOf(number: number, raw = `{"n":${number}}`, destination = 'hook'): Message {
  const id = `evt_${String(number).padStart(27, '0')}`
  const events = [{ id, type: 'tines.event', time: '2026-05-01T12:00:00.000Z', raw }]
  return { v: 1, destination, source: { id: 'prod', type: 'tines' }, events }
}

function byEvent(a: Message, b: Message): number {
  return (a.events[0]?.id ?? '') < (b.events[0]?.id ?? '') ? -1 : 1
}

/** What every outbox must do, in memory or with SQS and S3. */
export function outboxContract(open: () => Promise<OutboxUnderTest>): void {
  let under: OutboxUnderTest

  beforeEach(async () => {
    under = await open()
  })

  /** Every message in the queue, claims resolved, by the first event's id. */
  async function sent(): Promise<Message[]> {
    const messages: Message[] = []
    for (const body of await under.delivery()) {
      const message = decode(body)
      const whole = 'claim' in message ? decode((await under.claim(message.claim)) ?? '') : message
      if ('claim' in whole) throw new TypeError('A claim leads to another claim')
      messages.push(whole)
    }
    return messages.sort(byEvent)
  }

  async function letters(): Promise<DeadLetter[]> {
    return (await under.deadLetters()).map((body) => deadLetter.parse(JSON.parse(body)))
  }

  test('send() puts every message into the queue, as it is', async () => {
    const messages = Array.from({ length: 137 }, (_, number) => messageOf(number))
    await under.outbox.send(messages)
    expect(await sent()).toEqual(messages)
  })

  test('send() of nothing puts nothing into the queue', async () => {
    await under.outbox.send([])
    expect(await under.delivery()).toEqual([])
  })

  test('send() takes messages for several destinations and of several events', async () => {
    const { events } = messageOf(2)
    const several = { ...messageOf(1), events: [...messageOf(1).events, ...events] }
    await under.outbox.send([several, messageOf(3, '{}', 'soc')])
    expect(await sent()).toEqual([several, messageOf(3, '{}', 'soc')])
  })

  test('send() takes characters that SQS refuses in a body', async () => {
    const text = '\u0000\u0008\uFFFE\uFFFF\uD800 🦊 9007199254740993'
    await under.outbox.send([messageOf(1, JSON.stringify(text))])
    const [message] = await sent()
    expect(JSON.parse(message?.events[0]?.raw ?? '')).toBe(text)
    expect((await under.delivery()).join('')).not.toMatch(/[\uFFFE\uFFFF]/)
  })

  test('send() takes more than a call of SQS does, in bytes', async () => {
    const messages = [1, 2, 3, 4, 5].map((number) => messageOf(number, JSON.stringify('x'.repeat(600_000))))
    await under.outbox.send(messages)
    expect(await sent()).toEqual(messages)
  })

  test('send() puts a message that is too large for the queue under a key, which goes through the queue', async () => {
    const message = messageOf(1, JSON.stringify('x'.repeat(1_100_000)))
    await under.outbox.send([messageOf(0), message, messageOf(2)])
    expect(await sent()).toEqual([messageOf(0), message, messageOf(2)])
    const claims = (await under.delivery()).filter((body) => body.includes('claim'))
    expect(claims).toEqual(['{"v":1,"destination":"hook","claim":"claims/hook/evt_000000000000000000000000001.json"}'])
  })

  test('send() counts bytes, not characters', async () => {
    const message = messageOf(1, JSON.stringify('€'.repeat(400_000)))
    await under.outbox.send([message])
    expect(await sent()).toEqual([message])
    expect((await under.delivery()).join('')).toContain('"claim"')
  })

  test('send() again, after a crash, uses the same key', async () => {
    const message = messageOf(1, JSON.stringify('x'.repeat(1_100_000)))
    await under.outbox.send([message])
    await under.outbox.send([message])
    const [first, second] = await under.delivery()
    expect(first).toBe(second)
    expect(await sent()).toEqual([message, message])
  })

  test('quarantine() puts each record, as it was, with the problem into the dead-letter queue', async () => {
    const raw = '{"id":  null, "n": 9007199254740993, "s": "\\ud800\uFFFF"}'
    await under.outbox.quarantine('prod', [
      { raw, problem: 'id: expected string' },
      { raw: '[]', problem: 'the value: expected object' },
    ])
    expect((await letters()).sort((a, b) => b.body.length - a.body.length)).toEqual([
      {
        v: 1,
        deadLetter: {
          kind: 'malformed-record',
          source: 'prod',
          reason: 'Cannot read a record of source prod as an event: found id: expected string',
        },
        body: raw,
      },
      expect.objectContaining({ body: '[]' }),
    ])
    expect(await under.delivery()).toEqual([])
  })
}
