import { beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../../functions/poll/job.ts'
import { newLane } from '../../../functions/poll/lanes.ts'
import { poll } from '../../../functions/poll/poll.ts'
import type { LedgerIds, LedgerStore, PollPorts } from '../../../functions/poll/ports.ts'
import type { Finished } from '../../../functions/poll/run.ts'
import { completeness } from '../../../shared/completeness.ts'
import { parseSource } from '../../../shared/config/source-config.ts'
import type { Gap } from '../../../shared/contracts/event.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse, SendOptions } from '../../../shared/contracts/http.ts'
import { cutWindow, openOf, type Windowed } from '../../../shared/contracts/window.ts'
import { eventId } from '../../../shared/event-id.ts'
import { MemoryStores } from '../../simulation/stores.ts'
import { answer, countingSource, page, unreachable } from './counting-source.ts'

const START = Date.parse('2026-05-01T10:00:00.000Z')
const id = (vendorId: string) => eventId('prod', vendorId)

describe('poll()', () => {
  let stores: MemoryStores
  let nowMs: number
  let answers: (HttpResponse | Fault)[]
  let requests: HttpRequest[]
  let secret: string
  let told: Gap[]
  /** The run's tick; undefined for now. */
  let tickMs: number | undefined

  beforeEach(() => {
    stores = new MemoryStores()
    nowMs = START
    answers = []
    requests = []
    secret = 'old'
    told = []
    tickMs = undefined
  })

  const config = (more: Record<string, unknown> = {}, source = countingSource) => {
    const fields = {
      type: 'counting',
      key: { secret: 'key' },
      destinations: ['hook'],
      startFrom: '2026-05-01T09:00:00Z',
      ...more,
    }
    return parseSource('/pollhook/sources/prod', JSON.stringify(fields), { counting: source })
  }

  const ports = (more: Partial<PollPorts> = {}): PollPorts => ({
    ...stores.ports(),
    secrets: {
      read: async (_, fresh) => {
        const value = fresh ? secret : 'old'
        return () => value
      },
    },
    send: async (request) => {
      requests.push(request)
      const next = answers.shift() ?? page([], null)
      if (next instanceof Fault) throw next
      return next
    },
    now: () => new Date(nowMs),
    sleep: async () => {},
    random: () => 0.5,
    onGap: (_, gap) => told.push(gap),
    ...more,
  })

  const run = async (
    more: Partial<PollPorts> = {},
    fields: Record<string, unknown> = {},
    source = countingSource,
    types = ['*'],
    differing: Partial<Job> = {},
  ): Promise<Finished> => {
    const job = {
      config: config(fields, source),
      configuration: 'c1',
      routes: [{ id: 'hook', batch: { maxEvents: 1, maxBytes: 9999 }, filter: { types, exclude: [] } }],
      requestsPerMinute: 5,
      tickAt: new Date(tickMs ?? nowMs).toISOString(),
      owner: `run at ${nowMs}`,
      deadline: new Date(nowMs + 300_000),
      leaseUntil: new Date(nowMs + 330_000),
      ...differing,
    }
    const report = await poll(job, ports(more))
    if (!('pages' in report)) throw new TypeError(`The run was ${report.outcome}`)
    return report
  }

  const sent = () => [...stores.delivered().keys()]
  const live = async () => (await stores.state('prod'))?.lanes.live
  const health = async () => (await stores.state('prod'))?.health

  it('puts every event of every page on the queue and arrives at the end of the span', async () => {
    answers = [page(['a', 'b'], 2), page(['c'], null)]
    const report = await run()
    expect(sent()).toEqual([id('a'), id('b'), id('c')])
    expect(report).toMatchObject({
      outcome: 'finished',
      pages: 2,
      requests: 2,
      found: 3,
      enqueued: 3,
      unfinished: false,
    })
    expect((await live())?.reached).toBe('2026-05-01T09:59:30.000Z')
  })

  it('saves nothing when the queue refuses', async () => {
    answers = [page(['a'], 2)]
    const outbox = { ...stores.ports().outbox, send: async () => Promise.reject(new Fault('queue-refused', 'x')) }
    const report = await run({ outbox })
    expect(report.fault?.kind).toBe('queue-refused')
    expect((await live())?.position).toBeUndefined()
    answers = [page(['a'], null)]
    nowMs += 60_000
    await run()
    expect(sent()).toEqual([id('a')])
  })

  it('does not remember an event that the queue did not take', async () => {
    answers = [page(['a'], null)]
    const appended: unknown[] = []
    await run({
      outbox: { ...stores.ports().outbox, send: async () => Promise.reject(new Fault('queue-refused', 'x')) },
      ledger: { load: async () => [], append: async (...args) => void appended.push(args) },
    })
    expect(appended).toEqual([])
  })

  it('goes on in mid-window after a fault, with the same bounds', async () => {
    answers = [page(['a'], 2), answer(500), answer(500), answer(500)]
    expect((await run()).fault?.kind).toBe('vendor-error')
    nowMs += 600_000
    answers = [page(['b'], null)]
    await run()
    expect(new URL(requests[4]?.url ?? '').searchParams.get('page')).toBe('2')
    expect(new URL(requests[4]?.url ?? '').searchParams.get('to')).toBe('2026-05-01T09:59:30.000Z')
    expect(sent()).toEqual([id('a'), id('b')])
  })

  it('sends an event once although two pages show it', async () => {
    answers = [page(['a', 'b'], 2), page(['b', 'c'], null)]
    expect(await run()).toMatchObject({ found: 4, enqueued: 3 })
    expect(sent()).toEqual([id('a'), id('b'), id('c')])
  })

  it('leaves out what happened before the start', async () => {
    answers = [page(['early'], 2, '2026-05-01T08:59:59.999999Z'), page(['on time'], null, '2026-05-01T09:00:00Z')]
    await run()
    expect(sent()).toEqual([id('on time')])
  })

  it('begins at the first poll although the first request failed', async () => {
    answers = [answer(401)]
    await run({}, { startFrom: 'now' })
    expect((await live())?.from).toBe('2026-05-01T10:00:00.000Z')
    nowMs += 3_600_000
    answers = [page(['meanwhile'], null, '2026-05-01T10:00:01Z')]
    await run({}, { startFrom: 'now' })
    expect(sent()).toEqual([id('meanwhile')])
  })

  it('begins at the first poll although that died before it could save anything', async () => {
    await stores.ports().leases.acquire('prod', 'dead', new Date(nowMs), new Date(nowMs + 330_000))
    nowMs += 3_600_000
    answers = [page(['meanwhile'], null, '2026-05-01T10:00:01Z')]
    await run({}, { startFrom: 'now' })
    expect(sent()).toEqual([id('meanwhile')])
  })

  it('notices a missing secret with the first run, although there is nothing to read yet', async () => {
    const missing = new Fault('secret-missing', 'Cannot use /pollhook/secrets/key as there is no such parameter')
    const report = await run({ secrets: { read: async () => Promise.reject(missing) } }, { startFrom: 'now' })
    expect(report.fault?.kind).toBe('secret-missing')
    expect((await health())?.fault).toMatchObject({ suspended: true })
    expect((await live())?.from).toBe('2026-05-01T10:00:00.000Z')
  })

  it('asks for the secret again after a 401, and goes on when there is a new one', async () => {
    secret = 'new'
    answers = [answer(401), page(['a'], null)]
    expect((await run()).outcome).toBe('finished')
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
  })

  it('does not try the same credential twice', async () => {
    answers = [answer(403)]
    expect((await run()).fault?.kind).toBe('forbidden')
    expect(requests).toHaveLength(1)
    expect(await health()).toMatchObject({ notBefore: '2026-05-01T10:15:00.000Z', fault: { suspended: true } })
  })

  it.each([
    ['seconds', '120', '2026-05-01T10:02:00.000Z'],
    ['a date', 'Fri, 01 May 2026 10:05:00 GMT', '2026-05-01T10:05:00.000Z'],
  ])('asks for nothing before Retry-After given as %s', async (_, value, notBefore) => {
    answers = [answer(429, '', { 'retry-after': value })]
    expect((await run()).fault?.kind).toBe('throttled')
    expect((await health())?.notBefore).toBe(notBefore)
  })

  it('stops when the requests of the minute are spent, and is due again with the next', async () => {
    answers = [1, 2, 3, 4, 5, 6].map((n) => page([`e${n}`], n + 1))
    const report = await run()
    expect(report).toMatchObject({ outcome: 'finished', requests: 5, unfinished: true })
    expect(await health()).toMatchObject({ unfinished: true, notBefore: '2026-05-01T10:01:00.000Z' })
  })

  it('stops 20 s before its end with the position saved', async () => {
    const report = await run({
      send: async (request) => {
        requests.push(request)
        nowMs += 141_000
        return page(['a'], requests.length + 1)
      },
    })
    expect(report).toMatchObject({ pages: 1, unfinished: true })
    expect((await live())?.position).toMatchObject({ window: { pager: 2 } })
  })

  it('waits 30 s for an answer, and less near its end, so that it is not killed while it waits', async () => {
    const timeouts: number[] = []
    const slow = async (_: HttpRequest, { timeoutMs }: SendOptions) => {
      timeouts.push(timeoutMs)
      nowMs += 20_000
      return page(['a'], timeouts.length + 1)
    }
    await run({ send: slow }, {}, countingSource, ['*'], { deadline: new Date(nowMs + 65_000), requestsPerMinute: 600 })
    expect(timeouts).toEqual([30_000, 30_000])
    timeouts.length = 0
    await run({ send: slow }, {}, countingSource, ['*'], { deadline: new Date(nowMs + 25_000), requestsPerMinute: 600 })
    expect(timeouts).toEqual([15_000])
  })

  it('does not try again when there is no time left for an answer', async () => {
    const send = async (request: HttpRequest) => {
      requests.push(request)
      nowMs += 14_500
      throw unreachable()
    }
    const report = await run({ send }, {}, countingSource, ['*'], { deadline: new Date(nowMs + 25_000) })
    expect(requests).toHaveLength(1)
    expect(report.fault).toMatchObject({ kind: 'timed-out', message: expect.stringContaining('found 500 ms left') })
  })

  it('asks for smaller pages when one is too big, and remembers it', async () => {
    answers = [new Fault('too-large', 'x'), new Fault('timed-out', 'x'), page(['a'], null)]
    await run()
    expect(requests.map(({ url }) => new URL(url).searchParams.get('size'))).toEqual(['4', '2', '1'])
    expect((await live())?.pageSize).toBe(1)
  })

  it('does not ask for smaller and smaller pages beyond its end', async () => {
    const { traits } = countingSource
    const large = { ...countingSource, traits: { ...traits, pageSize: { initial: 10_000, least: 1 } } }
    const send = async () => {
      nowMs += 30_000
      throw new Fault('timed-out', 'x')
    }
    expect((await run({ send }, {}, large)).fault?.kind).toBe('timed-out')
    expect(nowMs - START).toBeLessThanOrEqual(280_000)
  })

  it('gives up on a page that is too big at the smallest size', async () => {
    answers = [1, 2, 3].map(() => new Fault('too-large', 'x'))
    expect((await run()).fault?.kind).toBe('too-large')
  })

  describe('when a page is too large although it is the smallest', () => {
    const around = {
      ...countingSource,
      around: (at: Windowed<number>) => cutWindow(at, () => 1, 1_000, openOf(at).pager + 1),
    }
    const tooLarge = (status: number) => new Fault('too-large', 'x', { status })

    it('reads around it, and says what is missing', async () => {
      const send = async (request: HttpRequest) => {
        requests.push(request)
        const [from, to] = ['from', 'to'].map((name) => new URL(request.url).searchParams.get(name) ?? '')
        const holdsIt =
          from !== undefined &&
          to !== undefined &&
          from <= '2026-05-01T09:20:00.500Z' &&
          to > '2026-05-01T09:20:00.500Z'
        if (holdsIt && request.url.includes('page=1&')) throw tooLarge(200)
        return page([`in ${from}`], null, from)
      }
      const report = await run({ send }, {}, around, ['*'], { requestsPerMinute: 600 })
      const gap = { from: '2026-05-01T09:20:00.000Z', to: '2026-05-01T09:20:01.000Z', reason: 'too-large' }
      expect(report).toMatchObject({ outcome: 'finished', gaps: [gap] })
      expect(await stores.gaps('prod')).toEqual([gap])
      expect((await live())?.reached).toBe('2026-05-01T09:59:30.000Z')
      expect(requests.at(-1)?.url).toContain('size=4')
    })

    it.each([413, 500])('takes %i for a refusal, and leaves nothing out', async (status) => {
      const report = await run({ send: async () => Promise.reject(tooLarge(status)) }, {}, around)
      expect(report).toMatchObject({ fault: { kind: 'too-large' }, gaps: [] })
    })

    it('leaves out no more than three in a row of a vendor that answers everything with too much', async () => {
      const report = await run(
        { send: async () => Promise.reject(tooLarge(200)) },
        { startFrom: '2026-05-01T09:59:29.500Z' },
        around,
        ['*'],
        { requestsPerMinute: 600 },
      )
      expect(report.fault?.kind).toBe('too-large')
      expect((await live())?.position).toMatchObject({ window: { pager: 4 } })
    })
  })

  it('starts the window again when the vendor rejects its page', async () => {
    answers = [page(['a'], 7), answer(410), page(['a'], 2), page(['b'], null)]
    expect((await run()).outcome).toBe('finished')
    expect(requests.map(({ url }) => new URL(url).searchParams.get('page'))).toEqual(['1', '7', '1', '2'])
    expect(sent()).toEqual([id('a'), id('b')])
  })

  describe('when the vendor refuses the position and there is no way back', () => {
    const UNTIL = '2026-05-01T09:00:00.000Z'
    const gap = { from: UNTIL, to: '2026-05-01T10:00:00.000Z', reason: 'position-rejected' }

    it('says so at once, as a gap that is stored, told and sent, and keeps the position', async () => {
      answers = [page(['a'], 7), answer(410), answer(410)]
      const report = await run()
      expect(report).toMatchObject({ fault: { kind: 'position-rejected' }, gaps: [gap] })
      expect(told).toEqual([gap])
      expect(await stores.gaps('prod')).toEqual([gap])
      const [, [event = ''] = []] = [...stores.delivered().values()]
      expect(JSON.parse(event)).toEqual({ source: 'prod', ...gap })
      expect((await live())?.position).toMatchObject({ window: { pager: 7 } })
      expect(await health()).toMatchObject({ notBefore: '2026-05-01T10:15:00.000Z' })
    })

    it('says it once, however often it is refused, and reads on when it is taken after all', async () => {
      answers = [page(['a'], 7), answer(410), answer(410)]
      await run()
      nowMs += 900_000
      answers = [answer(410), answer(410)]
      expect((await run()).gaps).toEqual([])
      nowMs += 900_000
      answers = [page(['b'], null)]
      expect((await run()).outcome).toBe('finished')
      expect(sent()).toHaveLength(3)
      const { lanes = {} } = (await stores.state('prod')) ?? {}
      const missing = completeness(lanes, await stores.gaps('prod'), UNTIL, '2026-05-01T09:59:00.000Z').missing
      expect(missing).toEqual([])
    })

    it('ends a backfill there, so that it does not hold up the source, and says what it has not read', async () => {
      const backfill = newLane('2026-05-01T06:00:00.000Z', '2026-05-01T08:00:00.000Z', config().fingerprint)
      await stores.states.addLane('prod', 'backfill-1', backfill)
      answers = [page([], null), page(['x'], null, '2026-05-01T06:30:00Z'), answer(410)]
      expect((await run()).gaps).toEqual([
        { from: '2026-05-01T07:00:00.000Z', to: '2026-05-01T08:00:00.000Z', reason: 'position-rejected' },
      ])
      nowMs += 900_000
      answers = [page([], null)]
      expect(await run()).toMatchObject({ outcome: 'finished', requests: 1 })
    })
  })

  it('ends a sweep whose position is refused, as the next one reads its interval again, and calls it no gap', async () => {
    const traits = { ...countingSource.traits, sweep: { everyMs: 600_000, backMs: 1_800_000 } }
    const sweeping = { ...countingSource, traits }
    const once = { requestsPerMinute: 600 }
    answers = [page(['a'], null)]
    await run({}, {}, sweeping, ['*'], once)
    nowMs += 60_000
    answers = [page([], null), page(['a'], 7), answer(410), answer(410)]
    const report = await run({}, {}, sweeping, ['*'], once)
    expect(report).toMatchObject({ fault: { kind: 'position-rejected' }, gaps: [] })
    expect((await stores.state('prod'))?.lanes.sweep?.done).toBe(true)
    expect(await stores.walks.endingAfter('prod', '2026-05-01T09:00:00.000Z')).toEqual([])
    nowMs += 900_000
    answers = [page([], null), page(['a', 'late'], null, '2026-05-01T09:59:00Z')]
    expect(await run({}, {}, sweeping, ['*'], once)).toMatchObject({ outcome: 'finished', enqueued: 1 })
  })

  it('calls more without movement a fault', async () => {
    answers = [page(['a'], 1)]
    expect((await run()).fault?.kind).toBe('stuck')
  })

  it('calls page numbers that lead in a circle a fault', async () => {
    answers = [page(['a'], 2), page(['b'], 3), page(['c'], 1)]
    expect((await run()).fault?.kind).toBe('stuck')
    expect(sent()).toEqual([id('a'), id('b')])
  })

  it('calls the same page three times a fault', async () => {
    answers = [page(['a'], 2), page(['a'], 3), page(['a'], 4)]
    expect((await run()).fault?.kind).toBe('stuck')
  })

  it.each([
    ['HTML', answer(200, '<html>', { 'content-type': 'text/html' })],
    ['a missing list', answer(200, '{"next":null}')],
    ['half an answer', answer(200, '{"items":[{"id":"a"')],
  ])('calls %s a fault, not an empty page', async (_, response) => {
    answers = [response]
    expect((await run()).fault?.kind).toBe('unexpected-answer')
    expect((await live())?.reached).toBeUndefined()
  })

  it('sets a malformed record aside once, and takes the rest of its page', async () => {
    const body = '{"items":[{"at":"2026-05-01T09:59:00Z"},{"id":"a","at":"2026-05-01T09:59:00Z"}],"next":null}'
    answers = [answer(200, body)]
    expect(await run()).toMatchObject({ quarantined: 1, enqueued: 1 })
    nowMs += 60_000
    answers = [answer(200, body)]
    expect(await run()).toMatchObject({ quarantined: 0 })
    expect(stores.quarantined()).toEqual(['{"at":"2026-05-01T09:59:00Z"}'])
  })

  it('says which events the vendor no longer had when it came back', async () => {
    answers = [page(['a'], null)]
    await run()
    nowMs += 3 * 86_400_000
    const report = await run()
    const gap = { from: '2026-05-01T09:59:30.000Z', to: '2026-05-03T10:00:00.000Z', reason: 'retention' }
    expect(report.gaps).toEqual([gap])
    expect(await stores.gaps('prod')).toEqual([gap])
    const [[told = ''] = []] = [...stores.delivered().values()].slice(1)
    expect(JSON.parse(told)).toEqual({ source: 'prod', ...gap })
  })

  it('tells of a changed configuration also when the queue refuses to take that at first', async () => {
    await run()
    const other = { ...countingSource, identity: () => ({ tenant: 'other' }) }
    nowMs += 60_000
    const outbox = { ...stores.ports().outbox, send: async () => Promise.reject(new Fault('queue-refused', 'x')) }
    expect((await run({ outbox }, {}, other)).fault?.kind).toBe('queue-refused')
    nowMs += 60_000
    await run({}, {}, other)
    const gap = {
      from: '2026-05-01T09:00:00.000Z',
      to: '2026-05-01T09:59:00.000Z',
      reason: 'configuration-changed',
    }
    const told = [...stores.delivered().values()].map(([text = '']) => JSON.parse(text))
    expect(told).toEqual([{ source: 'prod', ...gap }])
  })

  it('ends an unfinished backfill with the configuration it was asked for, and says what it has not read', async () => {
    const other = { ...countingSource, identity: () => ({ tenant: 'other' }) }
    const backfill = newLane('2026-05-01T06:00:00.000Z', '2026-05-01T08:00:00.000Z', config().fingerprint)
    await stores.states.addLane('prod', 'backfill-1', backfill)
    answers = [page([], null), page(['x'], null, '2026-05-01T06:30:00Z'), unreachable(), unreachable(), unreachable()]
    await run()
    nowMs += 60_000
    answers = []
    await run({}, {}, other)
    const unread = {
      from: '2026-05-01T07:00:00.000Z',
      to: '2026-05-01T08:00:00.000Z',
      reason: 'configuration-changed',
    }
    expect(told).toContainEqual(unread)
    expect(await stores.gaps('prod')).toContainEqual(unread)
    expect((await stores.state('prod'))?.lanes['backfill-1']).toMatchObject({ done: true })
    nowMs += 60_000
    expect((await run({}, {}, other)).gaps).toEqual([])
  })

  it('does not go back to a configuration that a later tick has replaced', async () => {
    const other = { ...countingSource, identity: () => ({ tenant: 'other' }) }
    await run()
    const late = nowMs + 60_000
    nowMs += 120_000
    await run({}, {}, other)
    nowMs += 60_000
    tickMs = late
    const before = requests.length
    await expect(run()).rejects.toThrow('The run was superseded')
    expect(requests).toHaveLength(before)
    expect((await stores.state('prod'))?.leaseUntil).toBeUndefined()
    tickMs = undefined
    expect((await run()).gaps).toHaveLength(1)
  })

  it('asks for nothing before the time that the vendor named, although a tick comes twice', async () => {
    answers = [answer(429, '', { 'retry-after': '120' })]
    await run()
    nowMs += 119_000
    await expect(run()).rejects.toThrow('The run was too-early')
    expect(requests).toHaveLength(1)
    expect(await health()).toMatchObject({ notBefore: '2026-05-01T10:02:00.000Z', failures: 1 })
    nowMs += 1_000
    expect((await run()).outcome).toBe('finished')
  })

  it('tries a corrected configuration at once', async () => {
    answers = [answer(401)]
    await run()
    nowMs += 1_000
    const job = { configuration: 'c2' }
    expect((await run({}, {}, countingSource, ['*'], job)).outcome).toBe('finished')
  })

  it('sends nothing again when it is rewound: the ledger outlives the position', async () => {
    answers = [page(['a', 'b'], null)]
    await run()
    const lease = await stores.ports().leases.acquire('prod', 'operator', new Date(nowMs), new Date(nowMs))
    await lease?.release({ lanes: { live: undefined } })
    nowMs += 60_000
    answers = [page(['a', 'b', 'c'], null)]
    expect(await run()).toMatchObject({ found: 3, enqueued: 1 })
    expect([...stores.delivered().values()].map((texts) => texts.length)).toEqual([1, 1, 1])
  })

  it('keeps when a backfill had come to its end, before that is saved', async () => {
    const backfill = newLane('2026-05-01T07:00:00.000Z', '2026-05-01T08:00:00.000Z', config().fingerprint)
    await stores.states.addLane('prod', 'backfill-1', backfill)
    const failing = { record: async () => Promise.reject(new Fault('store-unavailable', 'x')) }
    const late = () => page(['late'], null, '2026-05-01T07:30:00.000Z')
    answers = [page(['a'], null), late()]
    expect((await run({ walks: failing })).fault?.kind).toBe('store-unavailable')
    expect((await stores.state('prod'))?.lanes['backfill-1']?.done).toBe(false)
    nowMs += 60_000
    answers = [page(['a'], null), late()]
    await run()
    expect((await stores.state('prod'))?.lanes['backfill-1']?.done).toBe(true)
    expect(await stores.walks.endingAfter('prod', '2026-05-01T07:00:00.000Z')).toEqual([
      {
        lane: 'backfill-1',
        from: '2026-05-01T07:00:00.000Z',
        to: '2026-05-01T08:00:00.000Z',
        fingerprint: config().fingerprint,
        at: '2026-05-01T10:01:00.000Z',
        found: 1,
        enqueued: 0,
      },
    ])
  })

  it('remembers which events no destination wanted', async () => {
    const appended: LedgerIds[] = []
    const { ledger } = stores.ports()
    answers = [page(['a', 'b'], null)]
    const append: LedgerStore['append'] = async (_, additions) => void appended.push(...additions.values())
    await run({ ledger: { ...ledger, load: async () => [], append } }, {}, countingSource, ['other.*'])
    expect(appended).toMatchObject([{ queued: 0, ids: { length: 24 } }])
    answers = [page(['a', 'b'], null)]
    nowMs += 60_000
    await run({ ledger: { ...ledger, load: async () => [], append } })
    expect(appended[1]).toMatchObject({ queued: 2, ids: { length: 24 } })
  })

  it('raises the alarm for a gap before anything can say that it was raised, and again when it cannot tell', async () => {
    answers = [page(['a'], null)]
    await run()
    nowMs += 3 * 86_400_000 + 600_000
    const { ledger, outbox } = stores.ports()
    const append = async () => Promise.reject(new Fault('store-unavailable', 'x'))
    await run({ outbox, ledger: { load: (...args) => ledger.load(...args), append } })
    nowMs += 60_000
    await run()
    expect(told.map(({ reason }) => reason)).toEqual(['retention', 'retention'])
    expect(await stores.gaps('prod')).toHaveLength(1)
  })

  it('tells a retention gap once while its window is read by several runs', async () => {
    answers = [page(['a'], null)]
    await run()
    nowMs += 3 * 86_400_000 + 600_000
    answers = [page(['b'], 2), unreachable(), unreachable(), unreachable()]
    await run()
    nowMs += 60_000
    answers = [page(['c'], null)]
    await run()
    expect(told).toHaveLength(1)
    expect(await stores.gaps('prod')).toHaveLength(1)
  })

  it('reports that another run has taken over, and writes nothing', async () => {
    answers = [page(['a'], 2)]
    const report = await run({
      send: async () => {
        nowMs += 400_000
        await stores.ports().leases.acquire('prod', 'another', new Date(nowMs), new Date(nowMs + 330_000))
        return page(['a'], 2)
      },
    })
    expect(report.fault?.kind).toBe('lease-lost')
    expect(await live()).toBeUndefined()
  })

  it('does not touch a saved position that does not fit', async () => {
    answers = [page(['a'], 2), unreachable(), unreachable(), unreachable()]
    await run()
    const { leases } = stores.ports()
    const lease = await leases.acquire('prod', 'saboteur', new Date(nowMs), new Date(nowMs))
    const broken = await live()
    if (broken === undefined) throw new TypeError('There is no live lane')
    await lease?.release({ lanes: { live: { ...broken, position: { reached: 5 } } } })
    nowMs += 60_000
    expect((await run()).fault?.kind).toBe('position-unreadable')
    expect((await live())?.position).toEqual({ reached: 5 })
  })

  it('fails the invocation on a defect, and keeps quiet about the event in its message', async () => {
    answers = [page(['a'], null)]
    const ledger = {
      append: async () => {},
      load: async () => Promise.reject(new TypeError('Cannot read "secret" of {"password":"hunter2"}')),
    }
    expect((await run({ ledger })).fault).toMatchObject({
      kind: 'internal',
      message: expect.not.stringContaining('hunter2'),
    })
    expect((await health())?.fault?.message).not.toContain('hunter2')
  })

  describe('when the clocks differ', () => {
    const dated = (ids: string[], date: string) => ({ ...page(ids, null, '2026-05-01T09:40:00Z'), headers: { date } })
    const HALF_AN_HOUR_AGO = 'Fri, 01 May 2026 09:30:00 GMT'

    it("saves nothing that was read by our clock, and goes by the vendor's from the next run on", async () => {
      answers = [dated(['a'], HALF_AN_HOUR_AGO)]
      expect((await run()).fault).toMatchObject({
        kind: 'clock-skewed',
        message: expect.stringContaining('1800 s behind'),
      })
      expect(sent()).toEqual([])
      expect(await live()).toBeUndefined()
      nowMs += 60_000
      answers = [dated(['a'], 'Fri, 01 May 2026 09:31:00 GMT')]
      expect(await run()).toMatchObject({ outcome: 'finished', clockSkewMs: -1_800_000 })
      expect((await live())?.reached).toBe('2026-05-01T09:30:30.000Z')
    })

    it('loses nothing of a source that begins now by a clock that is fast', async () => {
      const now = { startFrom: 'now' }
      await run({}, now)
      expect(requests).toHaveLength(0)
      nowMs += 60_000
      answers = [dated([], 'Fri, 01 May 2026 09:31:00 GMT')]
      expect((await run({}, now)).fault?.kind).toBe('clock-skewed')
      expect((await live())?.from).toBe('2026-05-01T09:30:00.000Z')
      nowMs += 60_000
      const [before, after] = ['2026-05-01T09:29:59Z', '2026-05-01T09:30:01Z']
      answers = [page(['before'], 2, before), page(['after'], null, after)]
      await run({}, now)
      expect(sent()).toEqual([id('after')])
    })

    it('begins earlier than asked rather than later by a clock that is slow', async () => {
      await run({}, { startFrom: 'now' })
      nowMs += 60_000
      answers = [dated([], 'Fri, 01 May 2026 10:31:00 GMT')]
      await run({}, { startFrom: 'now' })
      expect((await live())?.from).toBe('2026-05-01T10:00:00.000Z')
    })

    it('moves no beginning that was given, nor that of a lane that has been read', async () => {
      answers = [page(['a'], null)]
      await run({}, { startFrom: 'now' })
      nowMs += 60_000
      answers = [page([], null)]
      await run({}, { startFrom: 'now' })
      nowMs += 60_000
      answers = [dated([], 'Fri, 01 May 2026 09:32:00 GMT')]
      expect((await run({}, { startFrom: 'now' })).fault?.kind).toBe('clock-skewed')
      expect((await live())?.from).toBe('2026-05-01T10:00:00.000Z')
      expect(await live()).not.toHaveProperty('unconfirmed')
    })

    it('goes by our clock again when they agree again', async () => {
      answers = [dated([], HALF_AN_HOUR_AGO)]
      await run()
      nowMs += 60_000
      answers = [dated([], 'Fri, 01 May 2026 10:01:00 GMT')]
      expect((await run()).fault?.kind).toBe('clock-skewed')
      expect(await health()).not.toHaveProperty('clockSkewMs')
    })

    it('does not mind half of what reading stays behind the clock', async () => {
      answers = [dated(['a'], 'Fri, 01 May 2026 09:59:45 GMT')]
      expect(await run()).toMatchObject({ outcome: 'finished', clockSkewMs: undefined })
    })

    it('does not take a slow answer for a slow clock', async () => {
      const send = async (request: HttpRequest) => {
        requests.push(request)
        nowMs += 25_000
        return dated(['a'], 'Fri, 01 May 2026 10:00:00 GMT')
      }
      expect(await run({ send }, { settle: '0s' })).toMatchObject({ outcome: 'finished', clockSkewMs: undefined })
    })

    it('does not swing when the difference lies at the edge', async () => {
      answers = [dated(['a'], 'Fri, 01 May 2026 10:00:16 GMT')]
      expect((await run()).fault?.kind).toBe('clock-skewed')
      nowMs += 60_000
      answers = [dated(['a'], 'Fri, 01 May 2026 10:01:14 GMT')]
      expect(await run()).toMatchObject({ outcome: 'finished', clockSkewMs: 16_000 })
    })

    it('goes by our clock where the vendor tells nothing, or nonsense', async () => {
      answers = [dated(['a'], 'yesterday')]
      expect((await run()).outcome).toBe('finished')
    })
  })

  it('does nothing while another run holds the lease', async () => {
    await stores.ports().leases.acquire('prod', 'other', new Date(nowMs), new Date(nowMs + 330_000))
    await expect(run()).rejects.toThrow('The run was busy')
    expect(requests).toEqual([])
  })
})
