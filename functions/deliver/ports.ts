import type { Circuit } from '../../shared/circuit.ts'
import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { AwsAuth } from '../../shared/contracts/auth.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import type { HttpRequest, SecretStore, Send } from '../../shared/contracts/http.ts'
import type { DeadLetter } from '../../shared/dead-letter.ts'
import type { Tokens } from './tokens.ts'

export interface DestinationConfigs {
  /**
   * Not older than a minute, so that after a hold it is the one that ended it.
   *
   * @throws Fault `configuration-invalid` when there is none or it is wrong; `store-unavailable`
   */
  read(id: string): Promise<DestinationConfig>
}

/** A circuit with the version that a save must name. */
export interface StoredCircuit {
  readonly circuit: Circuit
  /** 0 when nothing is stored. */
  readonly version: number
}

/** Keeps one circuit for each destination. */
export interface CircuitStore {
  /** As of now, never an older one. @throws Fault `store-unavailable` */
  read(destinationId: string): Promise<StoredCircuit>
  /** @returns false when another save has come between, and nothing was saved. @throws Fault `store-unavailable` */
  save(destinationId: string, circuit: Circuit, version: number): Promise<boolean>
}

/** Events that a receiver has accepted, but not yet confirmed. */
export interface Accepted {
  /** What the receiver is asked by. */
  readonly receipt: string
  readonly at: Timestamp
  readonly ids: readonly string[]
}

/** How far the events of a queue message have come. */
export interface MessageProgress {
  /** The ids of the events that are done: delivered, or in the dead-letter queue. */
  readonly done: ReadonlySet<string>
  /** As many events as a request may carry, after larger ones were refused; absent where none was. */
  readonly maxEvents?: number | undefined
  /** In the order of `at`. */
  readonly accepted: readonly Accepted[]
}

/** What has happened to the events of a queue message. */
export interface ProgressChange {
  /** Ids that are done now, besides those that were. */
  readonly done?: readonly string[]
  /** Replaces the one that was there. */
  readonly maxEvents?: number | undefined
  /** Replaces what was accepted under the same receipt. */
  readonly accepted?: Accepted
  /** A receipt that is of no more use. */
  readonly settled?: string
}

export interface ProgressStore {
  /** @throws Fault `store-unavailable` */
  load(messageId: string): Promise<MessageProgress>
  /** Makes the whole of a change, or nothing of it. @throws Fault `store-unavailable` */
  save(messageId: string, change: ProgressChange, expiresAt: Date): Promise<void>
}

/** Counts requests, so that all functions together keep to a rate. */
export interface RateStore {
  /**
   * Counts requests of a destination in a window of time, whether they are made or not.
   *
   * @param window names it
   * @returns how many were counted in it so far, these included
   * @throws Fault `store-unavailable`
   */
  count(destinationId: string, window: string, requests: number, expiresAt: Date): Promise<number>
  /**
   * Takes places at the end of a destination's line.
   *
   * @param line names it
   * @param places how many; they are numbers that follow each other, `first` or later, and begin below `end`
   * @returns the first of them; undefined when the line is longer than that
   * @throws Fault `store-unavailable`
   */
  queue(
    destinationId: string,
    line: string,
    places: number,
    within: { readonly first: number; readonly end: number },
    expiresAt: Date,
  ): Promise<number | undefined>
}

/** Places for requests that are under way at the same time. */
export interface SlotStore {
  /**
   * Takes one of `slots` places until it is given back, or until then.
   *
   * @returns its number from 0; undefined when all are taken
   * @throws Fault `store-unavailable`
   */
  take(destinationId: string, slots: number, now: Date, until: Date): Promise<number | undefined>
  /** Gives a place back. When its time is over, and another has it now, nothing happens. @throws Fault `store-unavailable` */
  release(destinationId: string, slot: number, until: Date): Promise<void>
}

export interface ClaimReader {
  /** The text of a message that was too large for the queue; undefined when the object is gone. @throws Fault `store-unavailable` */
  read(key: string): Promise<string | undefined>
}

export interface DeadLetterQueue {
  /** Returns once the queue has accepted it. @throws Fault `queue-refused` */
  send(letter: DeadLetter): Promise<void>
}

export interface Receipts {
  /** Keeps a received message invisible for so long from now. @throws Fault `queue-refused` */
  postpone(receipt: { readonly eventSourceARN: string; readonly receiptHandle: string }, delayMs: number): Promise<void>
}

/** Writes one line. No field may hold a secret, a body, an event, or the path or query of a URL. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, fields: LogFields) => void
export type LogFields = Readonly<Record<string, string | number | undefined>>

/** Adds a signature of AWS to a request. Nothing may be changed afterwards. @throws Fault `store-unavailable` */
export type SignRequest = (request: HttpRequest, auth: AwsAuth) => Promise<HttpRequest>

/** All that delivering touches. */
export interface DeliverPorts {
  readonly destinations: DestinationConfigs
  readonly secrets: SecretStore
  readonly circuits: CircuitStore
  readonly progress: ProgressStore
  readonly rates: RateStore
  readonly slots: SlotStore
  readonly claims: ClaimReader
  readonly deadLetters: DeadLetterQueue
  readonly send: Send
  readonly tokens: Tokens
  readonly sign: SignRequest
  readonly log: Log
  readonly now: () => Date
  /** In [0, 1). */
  readonly random: () => number
}
