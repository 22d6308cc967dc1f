import type { Activity } from './activities.ts'
import type { Reading } from './reading.ts'

/**
 * What a record says, in the words of no schema. Every value comes from the record's own text; what a record does not say is
 * undefined, and nothing is made up for it.
 */
export interface Facts {
  readonly activity: Activity
  /** The vendor's own name for what happened. */
  readonly operation: string | undefined
  /** `unknown` unless the record says how it went. */
  readonly outcome: 'success' | 'failure' | 'unknown'
  /** The vendor's own word for an outcome that is neither. */
  readonly status?: string | undefined
  /** Why it failed. */
  readonly reason?: string | undefined
  readonly message?: string | undefined
  /** The vendor's id of the record. */
  readonly recordId?: string | undefined
  /** What the records of one change or one run have in common. */
  readonly correlation?: string | undefined
  readonly request?: HttpCall | undefined
  /** The vendor's id of the customer. */
  readonly tenant?: string | undefined
  readonly actor?: Person | undefined
  /** The kind of program through which somebody acted. */
  readonly application?: string | undefined
  /** Where the request came from: the client first, then the proxies on its way. Each is a valid IP address. */
  readonly addresses?: readonly string[] | undefined
  readonly userAgent?: string | undefined
  readonly target?: Target | undefined
}

/** A call of the vendor's API, as far as a record shows it. */
interface HttpCall {
  readonly id?: string | undefined
  readonly method?: string | undefined
  readonly path?: string | undefined
}

/** At least one of `uid`, `login`, `fullName` and `email` is there. */
export interface Person {
  readonly uid?: string | undefined
  readonly login?: string | undefined
  readonly fullName?: string | undefined
  readonly email?: string | undefined
  /** The vendor's own word. */
  readonly role?: string | undefined
}

/** What it was done to. */
export type Target = TargetUser | TargetThing

/** A user of the vendor's product. */
export interface TargetUser {
  readonly kind: 'user'
  readonly person: Person
}

/** Anything else. At least one of `uid` and `name` is there. */
export interface TargetThing {
  readonly kind: 'thing'
  /** What it is, in plain words: `API key`. */
  readonly type: string
  readonly uid?: string | undefined
  readonly name?: string | undefined
}

/** What is known of a vendor's log, and how its records are read. */
export interface Mapping {
  readonly product: Product
  /** The part of the vendor's log that the record comes from: the last part of ECS' `event.dataset`. */
  log(record: Reading): string
  facts(record: Reading): Facts
}

export interface Product {
  readonly name: string
  readonly vendor: string
}

/** A person; undefined when nothing tells who it is. */
export function person(values: Person): Person | undefined {
  const { uid, login, fullName, email } = values
  return (uid ?? login ?? fullName ?? email) === undefined ? undefined : values
}

/** A user as the target; undefined when nothing tells who it is. */
export function targetUser(values: Person): TargetUser | undefined {
  const found = person(values)
  return found && { kind: 'user', person: found }
}

/** A thing as the target; undefined when nothing tells which one it is. */
export function targetThing(values: Omit<TargetThing, 'kind'>): TargetThing | undefined {
  return (values.uid ?? values.name) === undefined ? undefined : { kind: 'thing', ...values }
}

/** What a person is called where a schema has one field for it. */
export function nameOf({ login, email, fullName }: Person): string | undefined {
  return login ?? email ?? fullName
}
