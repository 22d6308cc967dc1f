import type { Facts, Product, TargetThing } from '../facts.ts'
import { userOf } from './objects.ts'

/** A class of OCSF 1.8.0, as far as pollhook writes it. */
export interface OcsfClass {
  readonly uid: number
  readonly name: string
  readonly category: Category
  /** The names of the activities that pollhook uses; 99 is named after what happened. */
  readonly activities: Readonly<Record<number, string>>
  /**
   * Where the class has the actor: of its own, or by the profile `host`, which the event then says that it follows
   * (https://schema.ocsf.io/1.8.0/profiles/host).
   */
  readonly actor: 'own' | 'host'
  /** Whether the class has `src_endpoint` and `http_request`. */
  readonly hasRequest: boolean
  /** The attributes that the class requires besides those of all classes; undefined where the record does not say enough for them. */
  subject(facts: Facts, product: Product): Readonly<Record<string, unknown>> | undefined
}

interface Category {
  readonly uid: number
  readonly name: string
}

const NONE = { uid: 0, name: 'Uncategorized' }
const IDENTITY = { uid: 3, name: 'Identity & Access Management' }
const APPLICATION = { uid: 6, name: 'Application Activity' }

/** Managed Entity types: what is neither a user nor a group nor anything else that OCSF has a number for. */
const OTHER = 99

const BASE_EVENT: OcsfClass = {
  uid: 0,
  name: 'Base Event',
  category: NONE,
  activities: {},
  actor: 'host',
  hasRequest: false,
  subject: () => ({}),
}

/** What any record is that says who called from where. */
export const API_ACTIVITY: OcsfClass = {
  uid: 6003,
  name: 'API Activity',
  category: APPLICATION,
  activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  actor: 'own',
  hasRequest: true,
  subject({ actor, addresses, operation, request, target }, { name }) {
    if (actor === undefined || addresses === undefined || operation === undefined) return undefined
    const call = request?.id === undefined ? {} : { request: { uid: request.id } }
    const resources = target?.kind === 'thing' ? { resources: [thingOf(target)] } : {}
    return { api: { operation, ...call, service: { name } }, ...resources }
  },
}

const ACCOUNT_CHANGE: OcsfClass = {
  uid: 3001,
  name: 'Account Change',
  category: IDENTITY,
  activities: {
    1: 'Create',
    2: 'Enable',
    3: 'Password Change',
    4: 'Password Reset',
    5: 'Disable',
    6: 'Delete',
    10: 'MFA Factor Enable',
    11: 'MFA Factor Disable',
  },
  actor: 'own',
  hasRequest: true,
  subject: ({ target }) => (target?.kind === 'user' ? { user: userOf(target.person) } : undefined),
}

const AUTHENTICATION: OcsfClass = {
  uid: 3002,
  name: 'Authentication',
  category: IDENTITY,
  activities: { 1: 'Logon', 2: 'Logoff' },
  actor: 'own',
  hasRequest: true,
  subject({ target, actor }, { name }) {
    const user = target?.kind === 'user' ? target.person : actor
    return user && { user: userOf(user), service: { name } }
  },
}

const ENTITY_MANAGEMENT: OcsfClass = {
  uid: 3004,
  name: 'Entity Management',
  category: IDENTITY,
  activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete', 8: 'Enable', 9: 'Disable' },
  actor: 'own',
  hasRequest: true,
  subject: ({ target }) => (target?.kind === 'thing' ? { entity: { ...thingOf(target), type_id: OTHER } } : undefined),
}

const GROUP_MANAGEMENT: OcsfClass = {
  uid: 3006,
  name: 'Group Management',
  category: IDENTITY,
  activities: { 3: 'Add User', 4: 'Remove User', 5: 'Delete', 6: 'Create' },
  actor: 'own',
  hasRequest: true,
  subject: ({ target }) => (target?.kind === 'thing' ? { group: thingOf(target) } : undefined),
}

const WEB_RESOURCES_ACTIVITY: OcsfClass = {
  uid: 6001,
  name: 'Web Resources Activity',
  category: APPLICATION,
  activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete', 6: 'Import', 7: 'Export', 8: 'Share' },
  actor: 'host',
  hasRequest: true,
  subject: ({ target }) => (target?.kind === 'thing' ? { web_resources: [thingOf(target)] } : undefined),
}

const APPLICATION_LIFECYCLE: OcsfClass = {
  uid: 6002,
  name: 'Application Lifecycle',
  category: APPLICATION,
  activities: { 3: 'Start', 4: 'Stop' },
  actor: 'host',
  hasRequest: false,
  subject({ target }, { vendor }) {
    if (target?.kind !== 'thing') return undefined
    const { uid, name, type } = target
    return { app: { uid, name, vendor_name: vendor, feature: { name: type } } }
  },
}

const CLASSES: Readonly<Record<number, OcsfClass>> = Object.fromEntries(
  [
    BASE_EVENT,
    ACCOUNT_CHANGE,
    AUTHENTICATION,
    ENTITY_MANAGEMENT,
    GROUP_MANAGEMENT,
    WEB_RESOURCES_ACTIVITY,
    APPLICATION_LIFECYCLE,
    API_ACTIVITY,
  ].map((row) => [row.uid, row]),
)

/**
 * The class that fits best among those whose required attributes the record can fill, with these attributes: the preferred one, else API
 * Activity, else the Base Event. What belongs to the Base Event is nobody's call of an API.
 */
export function classFor(
  preferred: number,
  facts: Facts,
  product: Product,
): { row: OcsfClass; subject: Readonly<Record<string, unknown>> } {
  const candidates = preferred === BASE_EVENT.uid ? [] : [CLASSES[preferred], API_ACTIVITY]
  for (const row of candidates) {
    const subject = row?.subject(facts, product)
    if (row !== undefined && subject !== undefined) return { row, subject }
  }
  return { row: BASE_EVENT, subject: {} }
}

/** Resource Details, Managed Entity, Group and Web Resource all have these names. */
function thingOf({ uid, name, type }: TargetThing): Readonly<Record<string, unknown>> {
  return { uid, name, type }
}
