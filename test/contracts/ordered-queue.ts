import { expect, it } from 'vitest'

/** A message in somebody's hands. */
export interface Handed {
  readonly group: string
  readonly body: string
  readonly receives: number
  readonly handle: string
}

/** A queue that keeps the order, empty. */
export interface OrderKeepingQueue {
  send(group: string, body: string): Promise<void>
  receive(most: number): Promise<readonly Handed[]>
  /** Keeps a received message invisible for so long from now; 0 makes it visible. */
  postpone(handle: string, seconds: number): Promise<void>
  remove(handle: string): Promise<void>
}

/** What an ordered destination rests on. Whether a receive hands out one message of a group or several is left to the queue. */
export function orderedQueueContract(open: () => Promise<OrderKeepingQueue>): void {
  async function filled() {
    const queue = await open()
    for (const body of ['a1', 'a2', 'a3']) await queue.send('a', body)
    for (const body of ['b1', 'b2']) await queue.send('b', body)
    return queue
  }
  const bodies = (handed: readonly Handed[]) => handed.map(({ body }) => body)
  const groups = (handed: readonly Handed[]) => new Set(handed.map(({ group }) => group))

  it('hands out a group in the order in which it was sent, whatever is done with the others', async () => {
    const queue = await filled()
    const seen: string[] = []
    for (let handed = await queue.receive(10); handed.length > 0; handed = await queue.receive(10)) {
      seen.push(...bodies(handed))
      for (const { handle } of handed) await queue.remove(handle)
    }
    expect(seen.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(seen.filter((body) => body.startsWith('b'))).toEqual(['b1', 'b2'])
  })

  it('hands out nothing of a group while one of it is in flight, and the other groups meanwhile', async () => {
    const queue = await filled()
    const [first] = await queue.receive(1)
    expect(first).toMatchObject({ group: 'a', body: 'a1', receives: 1 })
    const others = await queue.receive(10)
    expect([...groups(others)]).toEqual(['b'])
    await queue.send('a', 'a4')
    expect(await queue.receive(10)).toEqual([])
    await queue.remove(first?.handle ?? '')
    expect(bodies(await queue.receive(10))[0]).toBe('a2')
  })

  it('hands out what comes back before what stands behind it, and counts the receipt', async () => {
    const queue = await filled()
    for (let receives = 1; receives <= 3; receives++) {
      const [first] = await queue.receive(1)
      expect(first).toMatchObject({ body: 'a1', receives })
      await queue.postpone(first?.handle ?? '', 0)
    }
  })

  it('hands out nothing of a group of which the first has to wait, when those received with it come back', async () => {
    const queue = await filled()
    const [first, ...behind] = (await queue.receive(10)).filter(({ group }) => group === 'a')
    await queue.postpone(first?.handle ?? '', 60)
    for (const { handle } of behind) await queue.postpone(handle, 0)
    expect(groups(await queue.receive(10)).has('a')).toBe(false)
    await queue.postpone(first?.handle ?? '', 0)
    expect(bodies(await queue.receive(10)).find((body) => body.startsWith('a'))).toBe('a1')
  })
}
