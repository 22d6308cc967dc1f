import { describe, expect, it } from 'vitest'
import { Fault } from '../../../shared/contracts/fault.ts'
import { unreachable } from '../../../shared/http/unreachable.ts'
import { encode } from '../../../shared/message.ts'
import { body, event, MINUTE, message, SECOND, START, World } from './world.ts'

/** A world with one message in its queue. */
function worldWith(...names: string[]): World {
  const world = new World()
  for (const name of names) world.queue.put(body([name]))
  return world
}

/** Seconds from now until the only message is seen again. */
const delaySeconds = (world: World) => ((world.queue.nextVisibleAtMs() ?? Number.NaN) - world.nowMs) / SECOND

describe('a message that the receiver takes', () => {
  it('is one request, and then gone', async () => {
    const world = worldWith('a')
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(1)
    expect(world.queue.size).toBe(0)
    expect(world.letters).toEqual([])
  })

  it('costs two reads and no write, and a second one costs nothing more', async () => {
    const world = worldWith('a', 'b', 'c')
    await world.invoke()
    world.queue.put(body(['d']))
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(4)
    expect([world.configurationReads, world.circuits.reads]).toEqual([1, 1])
    expect([world.circuits.saves, world.progress.loads, world.progress.saves]).toEqual([0, 0, 0])
    expect([world.rates.calls, world.slots.calls]).toEqual([0, 0])
  })

  it('is told in one line, without URL, body or event', async () => {
    const world = worldWith('a')
    world.requestMs = 120
    world.nowMs += 2_000
    await world.invoke()
    expect(world.lines).toEqual([
      {
        level: 'info',
        event: 'delivery.attempted',
        destination: 'soc',
        source: 'prod-tines',
        messageId: event('a').id,
        events: 1,
        outcome: 'delivered',
        status: 200,
        durationMs: 120,
        ageMs: 2_000,
        attempt: 1,
      },
    ])
  })

  it('counts in the metrics, with how old its event was', async () => {
    const world = worldWith('a', 'b')
    world.nowMs += 2_000
    await world.invoke()
    expect(world.metrics).toEqual([{ EventsDelivered: 2, DeliveryLagSeconds: 62 }])
  })

  it('is sent with the limits of its configuration', async () => {
    const world = worldWith('a')
    world.configure('soc', { timeout: '20s', allowPrivateNetworks: ['10.1.0.0/16'] })
    await world.invoke()
    const { url, options } = world.receiver.requests[0] ?? {}
    expect(url).toBe('https://hooks.example.com/secret-path?token=abc')
    expect(options).toMatchObject({ timeoutMs: 20_000, allowPrivateNetworks: ['10.1.0.0/16'] })
  })
})

describe('a message that the receiver asks to send later', () => {
  it('is seen again by the schedule', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => 500
    await world.invoke()
    expect(delaySeconds(world)).toBe(5)
    expect(world.metrics).toEqual([{ DeliveryRetries: 1 }])
    expect(world.told('delivery.attempted')[0]).toMatchObject({
      level: 'warn',
      outcome: 'retry',
      status: 500,
      reason: 'the receiver answered 500',
    })
  })

  it('is seen again after 5 s also when its first attempt took 15 s to fail', async () => {
    const world = worldWith('a')
    world.requestMs = 15 * SECOND
    world.receiver.answer = () => {
      throw new Fault('timed-out', 'Cannot read the answer of hooks.example.com')
    }
    await world.invoke()
    expect(delaySeconds(world)).toBe(5)
  })

  it('is not seen before the time in Retry-After', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => ({ status: 500, headers: { 'retry-after': '90' } })
    await world.invoke()
    expect(delaySeconds(world)).toBe(90)
  })

  it('is not held up by a quota that starts anew in an hour when the answer is not about a quota', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => ({ status: 500, headers: { 'x-ratelimit-reset': '3600' } })
    await world.invoke()
    expect(delaySeconds(world)).toBe(5)
  })

  it('keeps its id and its bytes, and has a new time, on every attempt', async () => {
    const world = worldWith('a')
    world.receiver.answer = (_, index) => (index < 3 ? 503 : 200)
    await world.run()
    const requests = world.receiver.requests
    expect(requests).toHaveLength(4)
    expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([event('a').id]))
    expect(new Set(requests.map((request) => request.body)).size).toBe(1)
    expect(requests.map(({ headers }) => Number(headers['webhook-timestamp']) - START / 1000)).toEqual([
      0, 5, 305, 2_105,
    ])
  })

  it.each([
    new Fault('timed-out', 'Cannot read the answer of hooks.example.com'),
    unreachable('hooks.example.com', 'ECONNREFUSED'),
    unreachable('hooks.example.com', 'ENOTFOUND'),
  ])('is so when no answer comes: $message', async (fault) => {
    const world = worldWith('a')
    world.receiver.answer = () => {
      throw fault
    }
    await world.invoke()
    expect(delaySeconds(world)).toBe(5)
    expect(world.told('delivery.attempted')[0]).toMatchObject({ outcome: 'retry', reason: fault.message })
    expect(world.told('delivery.attempted')[0]?.status).toBeUndefined()
  })

  const UNREADABLE = ['too-large', 'unreachable'] as const

  it.each(UNREADABLE)('is taken when the answer was a success that cannot be read: %s', async (kind) => {
    const world = worldWith('a')
    world.receiver.answer = () => {
      throw new Fault(kind, 'Cannot read the answer', { status: 200 })
    }
    await world.invoke()
    expect(world.queue.size).toBe(0)
    expect(world.letters).toEqual([])
  })

  it.each(UNREADABLE)('is sent again when the unread body of a success would have decided: %s', async (kind) => {
    const world = worldWith('a')
    world.configure('soc', { type: 'otlp' })
    world.receiver.answer = () => {
      throw new Fault(kind, 'Cannot read the answer', { status: 200 })
    }
    await world.invoke()
    expect(world.told('delivery.attempted').map(({ outcome, status }) => [outcome, status])).toEqual([['retry', 200]])
    expect(world.queue.size).toBe(1)
  })
})

describe('a message that is refused', () => {
  it('is in the dead-letter queue with reason and reply before it is removed', async () => {
    const world = worldWith('a')
    world.nowMs += 2_000
    world.receiver.answer = () => ({ status: 422, body: `{"error": "${'x'.repeat(3_000)}"}` })
    await world.invoke()
    expect(world.letters).toEqual([
      {
        v: 1,
        deadLetter: {
          reason: 'the receiver answered 422',
          kind: 'refused',
          source: 'prod-tines',
          destination: 'soc',
          status: 422,
          reply: `{"error": "${'x'.repeat(2_048 - 11)}`,
          attempts: 1,
          firstAttemptAt: '2026-05-01T10:00:02.000Z',
          lastAttemptAt: '2026-05-01T10:00:02.000Z',
        },
        body: body(['a']),
      },
    ])
    expect(world.queue.size).toBe(0)
    expect(world.metrics).toEqual([{ DeliveriesRefused: 1 }])
  })

  it('keeps no half character of the reply', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => ({ status: 400, body: `x${'é'.repeat(2_000)}` })
    await world.invoke()
    expect(world.letters[0]?.deadLetter.reply).toBe(`x${'é'.repeat(1_023)}`)
  })

  it('stays in the queue when the dead-letter queue does not take it', async () => {
    let isAway = true
    const world = new World({
      interrupt: (step) => {
        if (isAway && step === 'dead-letter:before') throw new Fault('queue-refused', 'Cannot send to the queue')
      },
    })
    world.queue.put(body(['a']))
    world.receiver.answer = () => 400
    await world.invoke()
    expect([world.queue.size, world.letters.length]).toEqual([1, 0])
    expect(world.told('delivery.failed')[0]).toMatchObject({ level: 'error', kind: 'queue-refused' })
    isAway = false
    await world.run()
    expect([world.queue.size, world.letters.length]).toEqual([0, 1])
  })
})

describe('a message that cannot be read', () => {
  it.each([
    ['no JSON', 'plainly not JSON'],
    ['another version', '{"v":2,"destination":"soc"}'],
    ['no events', '{"v":1,"destination":"soc","source":{"id":"s","type":"t"},"events":[]}'],
  ])('is a dead letter with its text, and its text is in no log: %s', async (_, text) => {
    const world = new World()
    world.queue.put(text)
    await world.invoke()
    expect(world.letters[0]).toMatchObject({ deadLetter: { kind: 'unreadable-message' }, body: text })
    expect(world.letters[0]?.deadLetter.reason).toBe(
      `Cannot read the message: found ${text.length} characters of another form, wanted a message of version 1`,
    )
    expect(world.queue.size).toBe(0)
    expect(JSON.stringify(world.lines)).not.toContain(text)
  })
})

describe('a dead letter', () => {
  it.each([
    ['unreadable', 'not a message', 200],
    ['given up', body(['a']), 503],
  ])('comes before the acknowledgement: %s', async (_, text, status) => {
    const world = new World({
      interrupt: (step) => {
        if (step === 'dead-letter:before') throw new Fault('queue-refused', 'Cannot send to the queue')
      },
    })
    world.configure('soc', { giveUpAfter: '1m' })
    world.receiver.answer = () => status
    world.queue.put(text)
    await world.run(START + 5 * MINUTE)
    expect(world.queue.size).toBe(1)
    expect(world.told('delivery.failed').length).toBeGreaterThan(0)
  })
})

describe('a message too large for the queue', () => {
  const claim = encode({ v: 1, destination: 'soc', claim: 'claims/soc/evt_a.json' })

  it('is fetched and sent', async () => {
    const world = new World()
    await world.claims.put('claims/soc/evt_a.json', body(['a']))
    world.queue.put(claim)
    await world.invoke()
    expect(world.receiver.requests[0]?.headers['webhook-id']).toBe(event('a').id)
    expect(world.queue.size).toBe(0)
  })

  it.each([
    ['it is gone', undefined, /found no object claims\/soc\/evt_a\.json in the bucket/],
    ['it is something else', 'x', /in the object claims\/soc\/evt_a\.json found 1 characters of another form/],
    ['it is another claim', claim, /in the object claims\/soc\/evt_a\.json found a claim/],
  ])('is a dead letter that says so when %s', async (_, text, reason) => {
    const world = new World()
    if (text !== undefined) await world.claims.put('claims/soc/evt_a.json', text)
    world.queue.put(claim)
    await world.invoke()
    expect(world.letters[0]).toMatchObject({
      deadLetter: { kind: 'unreadable-message', destination: 'soc', reason: expect.stringMatching(reason) },
      body: claim,
    })
    expect(world.queue.size).toBe(0)
  })

  it('keeps its claim in the dead letter', async () => {
    const world = new World()
    await world.claims.put('claims/soc/evt_a.json', body(['a']))
    world.queue.put(claim)
    world.receiver.answer = () => 413
    await world.invoke()
    expect(world.letters[0]).toMatchObject({ deadLetter: { kind: 'refused', source: 'prod-tines' }, body: claim })
  })

  it('is not fetched while its destination is on hold', async () => {
    const world = worldWith('a')
    world.receiver.answer = () => 404
    await world.invoke()
    world.queue.put(claim)
    await world.invoke()
    expect(world.letters).toEqual([])
    expect(world.queue.size).toBe(2)
  })
})

describe('secrets', () => {
  const configured = (value: string) => {
    const world = worldWith('a')
    world.configure('soc', { auth: { bearer: { secret: 'hook/token' } } })
    world.secrets.values.set('hook/token', value)
    return world
  }

  it('are read once more when the receiver rejects them, and a new one is used at once', async () => {
    const world = configured('old')
    world.receiver.answer = ({ headers }) => {
      world.secrets.values.set('hook/token', 'new')
      return headers.authorization === 'Bearer new' ? 200 : 401
    }
    await world.invoke()
    expect(world.secrets.reads).toEqual([false, true])
    expect(world.receiver.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
    expect(world.queue.size).toBe(0)
    expect(world.circuits.saves).toBe(0)
    expect(world.told('delivery.attempted').map(({ outcome }) => outcome)).toEqual(['hold', 'delivered'])
  })

  it.each([401, 403])('are not tried again when they are the same: %i', async (status) => {
    const world = configured('old')
    world.receiver.answer = () => status
    await world.invoke()
    expect(world.secrets.reads).toEqual([false, true])
    expect(world.receiver.requests).toHaveLength(1)
  })

  it('are not read again for another hold', async () => {
    const world = configured('old')
    world.receiver.answer = () => 404
    await world.invoke()
    expect(world.secrets.reads).toEqual([false])
  })

  it('are read past the cache for a probe', async () => {
    const world = configured('old')
    world.receiver.answer = () => 404
    await world.invoke()
    world.receiver.answer = () => 200
    await world.run()
    expect(world.secrets.reads).toEqual([false, true])
  })

  it('put the destination on hold when one is missing', async () => {
    const world = configured('old')
    world.secrets.values.clear()
    await world.invoke()
    expect(world.receiver.requests).toEqual([])
    expect(world.told('destination.held')[0]?.reason).toContain('/pollhook/secrets/hook/token')
    world.secrets.values.set('hook/token', 'found')
    await world.run()
    expect(world.receiver.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer found'])
  })

  it('are in no line', async () => {
    const world = configured('sesame\nopen')
    await world.invoke()
    expect(world.told('destination.held')[0]?.reason).toBe(
      'Cannot send the header authorization: found a line break or a character outside ASCII in the secret hook/token, wanted visible ASCII',
    )
    expect(JSON.stringify(world.lines)).not.toContain('sesame')
  })
})

describe('time', () => {
  it('is not spent on a request that cannot end before the function does: the message is seen again at once', async () => {
    const world = worldWith('a')
    await world.invoke(world.environment(), 10, 15_000)
    expect(world.receiver.requests).toEqual([])
    expect(delaySeconds(world)).toBe(1)
    await world.run()
    expect(world.receiver.requests).toHaveLength(1)
  })

  it('is not spent on a second attempt that cannot end', async () => {
    const world = worldWith('a')
    world.configure('soc', { timeout: '30s', auth: { bearer: { secret: 'hook/token' } } })
    world.secrets.values.set('hook/token', 'old')
    world.requestMs = 29_000
    world.receiver.answer = () => {
      world.secrets.values.set('hook/token', 'new')
      return 401
    }
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(1)
    expect(world.secrets.reads).toEqual([false])
  })
})

describe('our own faults', () => {
  it('leave the message where it is, and make it wait longer the older it is', async () => {
    const world = worldWith('a')
    const read = world.circuits.read.bind(world.circuits)
    world.circuits.read = () => Promise.reject(new Fault('store-unavailable', 'Cannot read the circuit'))
    await world.invoke()
    expect(delaySeconds(world)).toBe(60)
    expect(world.told('delivery.failed')).toEqual([
      {
        level: 'error',
        event: 'delivery.failed',
        queueMessageId: 'm1',
        kind: 'store-unavailable',
        reason: 'Cannot read the circuit',
      },
    ])
    world.nowMs += 40 * MINUTE
    await world.invoke()
    expect(delaySeconds(world)).toBe(600)
    world.circuits.read = read
    await world.run()
    expect(world.receiver.requests).toHaveLength(1)
  })
})

it('a destination that is down holds up no other in the same batch', async () => {
  const world = new World()
  world.configure('hook', { url: 'https://other.example.com/' })
  for (const name of ['a', 'b', 'c']) world.queue.put(body([name]))
  world.queue.put(encode(message([event('d')], 'hook')))
  world.receiver.answer = ({ url }) => (url.includes('other') ? 200 : 503)
  await world.invoke()
  expect(world.queue.size).toBe(3)
  expect(world.told('delivery.attempted').map(({ destination, outcome }) => [destination, outcome])).toContainEqual([
    'hook',
    'delivered',
  ])
})
