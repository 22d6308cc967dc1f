/** Who takes part in a call, and what it gave for all of them. */
export interface Shared<Result> {
  readonly result: Result
  /** From 0, of so many. */
  readonly nth: number
  readonly of: number
}

interface Call<Result> {
  members: number
  readonly result: Promise<Result>
}

/**
 * Makes one call for many who need the same at about the same time. For each key one is under way at a time, and the next one serves all
 * who have come meanwhile.
 */
export class Gather<Argument, Result> {
  readonly #call: (key: string, argument: Argument, members: number) => Promise<Result>
  readonly #next = new Map<string, Call<Result>>()
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor(call: (key: string, argument: Argument, members: number) => Promise<Result>) {
    this.#call = call
  }

  /** @param argument of the first who comes counts for all. @throws what the call throws */
  async join(key: string, argument: Argument): Promise<Shared<Result>> {
    const call = this.#next.get(key) ?? this.#open(key, argument)
    const nth = call.members++
    const result = await call.result
    return { result, nth, of: call.members }
  }

  #open(key: string, argument: Argument): Call<Result> {
    const begin = () => {
      this.#next.delete(key)
      return this.#call(key, argument, call.members)
    }
    const before = this.#underWay.get(key) ?? Promise.resolve()
    const call: Call<Result> = { members: 0, result: before.then(begin, begin) }
    this.#next.set(key, call)
    this.#underWay.set(key, call.result)
    return call
  }
}
