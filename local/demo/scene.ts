import type { Printer } from '../printer.ts'
import type { Appeared, DemoVendor } from './demo-vendor.ts'
import type { Journal } from './journal.ts'
import type { Received } from './receiver.ts'
import { Score } from './score.ts'

/** By then a new user has seen how it works, and may want to do something. */
const HINTS_AFTER_DELIVERIES = 5

/** Tells what happens at both ends, and keeps count of it. */
export class Scene {
  readonly #printer: Printer
  readonly #received: Journal
  readonly #score = new Score()
  readonly #onSettled: () => void
  readonly #receiver: string
  #deliveries = 0

  /**
   * @param received the ids of all webhooks that were accepted, over all starts
   * @param receiver what it is called, such as `webhook`
   * @param onSettled called once, after the first deliveries
   */
  constructor(
    printer: Printer,
    received: Journal,
    vendors: readonly DemoVendor[],
    receiver: string,
    onSettled: () => void,
  ) {
    this.#receiver = receiver
    this.#printer = printer
    this.#received = received
    this.#onSettled = onSettled
    for (const event of vendors.flatMap(({ past }) => past)) this.#score.appeared(event)
    for (const id of received.lines) this.#score.arrived(id)
    if (received.lines.length > 0) printer.say('welcome back', this.#score.summary())
  }

  /** Somebody did something at a vendor. */
  happened({ vendor }: DemoVendor, event: Appeared): void {
    this.#score.appeared(event)
    this.#printer.say(vendor.type, `event ${event.vendorId} appeared`, 'quiet')
  }

  /** The receiver was called. */
  received(received: Received): void {
    const { say } = this.#printer
    if (received.kind === 'accepted') this.#arrived(received.id, `${received.type} ${received.id} signature ok`)
    else if (received.kind === 'stored') this.#arrived(received.id, `${received.id} stored`)
    else if (received.kind === 'forged') say('webhook', `✗ ${received.id} refused: ${received.problem}`, 'bad')
    else if (received.kind === 'turned-away') say(this.#receiver, `✗ ${received.id} answered with 503`, 'warning')
    else if (received.kind === 'down') say('receiver', 'answers 503 until /up', 'warning')
    else say('receiver', 'takes events again', 'good')
  }

  sumUp(): void {
    this.#printer.say('so far', this.#score.summary())
  }

  #arrived(id: string, what: string): void {
    this.#received.append(id)
    const { times, appearedAt } = this.#score.arrived(id)
    const seconds = appearedAt === undefined ? undefined : ((Date.now() - appearedAt.getTime()) / 1000).toFixed(1)
    const delay = seconds === undefined ? '' : `, ${seconds} s after it appeared`
    const again = times > 1 ? `, received ${times} times` : ''
    this.#printer.say(this.#receiver, `✓ ${what}${delay}${again}`, 'good')
    this.#deliveries += 1
    if (this.#deliveries === HINTS_AFTER_DELIVERIES) this.#onSettled()
  }
}
