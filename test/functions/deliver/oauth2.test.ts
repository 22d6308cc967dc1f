import { describe, expect, it } from 'vitest'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { unreachable } from '../../../shared/http/unreachable.ts'
import type { Answer } from '../../fakes/receiver.ts'
import { body, HOUR, MINUTE, SECOND, START, World } from './world.ts'

const TOKEN_URL = 'https://login.example.com/token'
const isToken = ({ url }: HttpRequest) => url === TOKEN_URL

/** A destination that wants an access token, and a server that grants `token-1`, `token-2`, … */
class TokenWorld extends World {
  /** Answers of the authorisation server by their index; a token where there is none. */
  grants: (index: number) => Answer | undefined = () => undefined
  /** Answers of the receiver. */
  hook: (request: HttpRequest, index: number) => Answer = () => 200

  constructor(...names: string[]) {
    super()
    this.secrets.values.set('soc/client', 'hunter2')
    this.configureWith({})
    for (const name of names) this.queue.put(body([name]))
    this.receiver.answer = (request) => {
      if (!isToken(request)) return this.hook(request, this.hooks.length - 1)
      const access_token = `token-${this.fetches.length}`
      const granted = { status: 200, body: JSON.stringify({ access_token, token_type: 'bearer', expires_in: 3_600 }) }
      return this.grants(this.fetches.length - 1) ?? granted
    }
  }

  configureWith(fields: object): void {
    const oauth2 = { tokenUrl: TOKEN_URL, clientId: 'poll', clientSecret: { secret: 'soc/client' } }
    this.configure('soc', { auth: { oauth2 }, ...fields })
  }

  get fetches() {
    return this.receiver.requests.filter(isToken)
  }

  get hooks() {
    return this.receiver.requests.filter((request) => !isToken(request))
  }

  get authorizations() {
    return this.hooks.map(({ headers }) => headers.authorization)
  }

  async open() {
    return (await this.circuits.read('soc')).circuit.open
  }
}

const cannot = 'Cannot get an access token from login.example.com'

describe('a destination with an access token', () => {
  it('gets it in every request, and it is fetched once', async () => {
    const world = new TokenWorld('a', 'b', 'c')
    await world.invoke()
    world.queue.put(body(['d']))
    await world.run()
    expect(world.authorizations).toEqual(Array(4).fill('Bearer token-1'))
    expect(world.fetches).toHaveLength(1)
  })

  it('gets another one after a 401, once, although no secret has changed', async () => {
    const world = new TokenWorld('a')
    world.hook = ({ headers }) => (headers.authorization === 'Bearer token-1' ? 401 : 200)
    await world.invoke()
    expect(world.authorizations).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(world.queue.size).toBe(0)
    expect(await world.open()).toBeUndefined()
  })

  it('shares the other one among all that were rejected', async () => {
    const world = new TokenWorld('a', 'b', 'c', 'd')
    world.hook = ({ headers }) => (headers.authorization === 'Bearer token-1' ? 401 : 200)
    await world.invoke()
    expect(world.queue.size).toBe(0)
    expect(world.fetches).toHaveLength(2)
  })

  it('is on hold after a second 401', async () => {
    const world = new TokenWorld('a')
    world.hook = () => 401
    await world.invoke()
    expect(world.authorizations).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(await world.open()).toMatchObject({ reason: 'the receiver answered 401' })
  })

  it('is asked with a new token by every probe, because rights that were granted meanwhile are in new ones alone', async () => {
    const world = new TokenWorld('a')
    world.hook = ({ headers }) => (headers.authorization === 'Bearer token-3' ? 200 : 403)
    await world.run(START + HOUR)
    expect(world.authorizations).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-3'])
    expect(world.queue.size).toBe(0)
  })

  it('is asked with a new token by a probe of a function that has an old one', async () => {
    const world = new TokenWorld('a')
    await world.invoke()
    const [warm, other] = [world.environment(), world.environment()]
    world.queue.put(body(['b']))
    await world.invoke(warm)
    world.queue.put(body(['c']))
    world.hook = () => 403
    await world.invoke(other)
    world.hook = () => 200
    world.nowMs += 3 * MINUTE
    await world.invoke(warm)
    expect(world.authorizations.at(-1)).toBe('Bearer token-4')
  })

  it('is sent a new token by a function that was answered 403 with its old one, after another has found it well', async () => {
    const world = new TokenWorld('a')
    const [warm, other] = [world.environment(), world.environment()]
    world.hook = () => 403
    await world.invoke(warm)
    world.hook = () => 200
    world.nowMs += 3 * MINUTE
    await world.invoke(other)
    world.queue.put(body(['b']))
    world.nowMs += MINUTE
    await world.invoke(warm)
    expect(world.authorizations).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-3'])
  })

  it('gets a token for a new secret at once when the old one is refused', async () => {
    const world = new TokenWorld('a')
    world.grants = (index) => {
      if (index > 0) return undefined
      world.secrets.values.set('soc/client', 'correct horse')
      return { status: 401, body: '{"error":"invalid_client"}' }
    }
    await world.invoke()
    expect(world.authorizations).toEqual(['Bearer token-2'])
    const sent = world.fetches.map(({ headers }) => atob(headers.authorization?.split(' ')[1] ?? ''))
    expect(sent).toEqual(['poll:hunter2', 'poll:correct+horse'])
  })
})

describe('no access token', () => {
  it.each<[what: string, answer: Answer, reason: string]>([
    [
      'a wrong secret',
      { status: 401, body: '{"error":"invalid_client"}' },
      `${cannot}: found status 401 (invalid_client), wanted a token`,
    ],
    [
      'a wrong scope',
      { status: 400, body: '{"error":"invalid_scope"}' },
      `${cannot}: found status 400 (invalid_scope), wanted a token`,
    ],
    ['a wrong address', 404, `${cannot}: found status 404, wanted a token`],
    ['a redirect', 301, `${cannot}: found status 301, wanted a token`],
  ])('puts the destination on hold, and asks once: %s', async (_, answer, reason) => {
    const world = new TokenWorld('a')
    world.grants = () => answer
    await world.invoke()
    expect(await world.open()).toMatchObject({ reason })
    expect([world.fetches.length, world.hooks.length, world.queue.size]).toEqual([1, 0, 1])
  })

  it.each<[what: string, answer: () => Answer]>([
    ['a failure', () => 503],
    ['too many requests', () => 429],
    ['HTML', () => ({ status: 200, body: '<html>' })],
    [
      'no answer in time',
      () => {
        throw new Fault('timed-out', 'Cannot read the answer of login.example.com')
      },
    ],
    [
      'an answer too long to be a token, under status 200',
      () => {
        throw new Fault('too-large', 'found more than 262144 bytes', { status: 200 })
      },
    ],
    [
      'a connection that is reset',
      () => {
        throw unreachable('login.example.com', 'ECONNRESET')
      },
    ],
  ])('is tried again by the schedule, and the destination is not on hold: %s', async (_, answer) => {
    const world = new TokenWorld('a')
    world.grants = (index) => (index < 2 ? answer() : undefined)
    await world.run(START + 10 * MINUTE)
    expect(await world.open()).toBeUndefined()
    expect(world.told('delivery.attempted').map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'delivered'])
    expect([world.fetches.length, world.hooks.length, world.queue.size]).toEqual([3, 1, 0])
  })

  it('is not asked for again before the time that the server names', async () => {
    const world = new TokenWorld('a', 'b')
    world.grants = (index) => (index === 0 ? { status: 429, headers: { 'retry-after': '7200' } } : undefined)
    await world.run(START + 2 * HOUR - SECOND)
    expect(world.fetches).toHaveLength(1)
    await world.run(START + 4 * HOUR)
    expect([world.fetches.length, world.queue.size]).toEqual([2, 0])
  })

  it('is the fault of an endpoint when the name of its server does not exist for five minutes', async () => {
    const world = new TokenWorld('a', 'b')
    world.grants = () => {
      throw unreachable('login.example.com', 'ENOTFOUND')
    }
    await world.run(START + 6 * MINUTE)
    expect(await world.open()).toMatchObject({ reason: expect.stringContaining('ENOTFOUND') })
  })

  it('is a hold where its address may not be reached', async () => {
    const world = new TokenWorld('a')
    world.grants = () => {
      throw new Fault('blocked-address', 'Cannot connect to login.example.com: found the link-local address')
    }
    await world.invoke()
    expect(await world.open()).toMatchObject({ reason: expect.stringContaining('Cannot connect to login.example.com') })
  })
})

describe('time', () => {
  it('is left for a token and a request: otherwise neither is begun', async () => {
    const world = new TokenWorld('a')
    world.configureWith({ timeout: '30s' })
    // 30 s for the request, 10 s for the token, 3 s for what is written afterwards.
    await world.invoke(world.environment(), 10, 43 * SECOND - 1)
    expect(world.receiver.requests).toEqual([])
    world.nowMs += HOUR
    await world.invoke(world.environment(), 10, 43 * SECOND)
    expect(world.queue.size).toBe(0)
  })

  it('that is up after a 401 puts the destination on hold without another token', async () => {
    const world = new TokenWorld('a')
    world.configureWith({ timeout: '30s' })
    world.requestMs = 10 * SECOND
    world.hook = () => 401
    await world.invoke()
    expect([world.fetches.length, world.hooks.length]).toEqual([1, 1])
    expect(await world.open()).toMatchObject({ reason: 'the receiver answered 401' })
  })
})

it('no token and no secret is in a log line, a dead letter or the circuit', async () => {
  const world = new TokenWorld('a', 'b', 'c')
  world.hook = (_, index) => [401, 500, 400][index % 3] ?? 200
  world.grants = (index) =>
    index === 1 ? { status: 400, body: '{"error":"hunter2","access_token":"hunter2"}' } : undefined
  await world.run(START + 6 * HOUR)
  const told = JSON.stringify([world.lines, world.letters, world.metrics, (await world.circuits.read('soc')).circuit])
  expect(told).toContain('delivery.attempted')
  expect(told).not.toMatch(/hunter2|token-\d/)
})
