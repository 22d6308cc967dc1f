import { type Facts, nameOf, type Person } from '../facts.ts'

/** The OCSF type `email_t` (https://schema.ocsf.io/1.8.0/data_types), in which letters outside ASCII do not exist. */
const EMAIL = /^[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/

/** User types of OCSF by the words that vendors have for roles; a word that is not here is 99, Other. */
const USER_TYPES: Readonly<Record<string, number>> = {
  ADMIN: 2,
  DEVELOPER: 1,
  MEMBER: 1,
  SYSTEM: 3,
  API: 4,
}

/** The object `user`. An address that OCSF does not take for one is the user's name, if there is no other. */
export function userOf(person: Person): Readonly<Record<string, unknown>> {
  const { uid, fullName, role } = person
  return {
    uid,
    name: nameOf(person),
    full_name: fullName,
    email_addr: emailOf(person),
    ...(role !== undefined && { type: role, type_id: USER_TYPES[role] ?? 99 }),
  }
}

/** The object `actor`; undefined when the record names nobody and nothing. */
export function actorOf({ actor, application }: Facts): Readonly<Record<string, unknown>> | undefined {
  if ((actor ?? application) === undefined) return undefined
  return { user: actor && userOf(actor), app_name: application }
}

/** The object `network_endpoint` of who asked; undefined without an address. */
export function endpointOf({ addresses }: Facts): Readonly<Record<string, unknown>> | undefined {
  const [ip, ...proxies] = addresses ?? []
  return ip === undefined ? undefined : { ip, intermediate_ips: proxies.length === 0 ? undefined : proxies }
}

/** The methods that OCSF knows. */
const METHODS = new Set(['GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'TRACE', 'DELETE', 'CONNECT', 'OPTIONS'])

/** The object `http_request`; undefined when the record has nothing of it. */
export function httpRequestOf({ request, userAgent }: Facts): Readonly<Record<string, unknown>> | undefined {
  const method = request?.method !== undefined && METHODS.has(request.method) ? request.method : undefined
  const url = request?.path === undefined ? undefined : { path: request.path }
  const uid = request?.id
  if ((method ?? url ?? uid ?? userAgent) === undefined) return undefined
  return { http_method: method, url, uid, user_agent: userAgent }
}

/** The values that an investigation begins with, each once (https://schema.ocsf.io/1.8.0/objects/observable). */
export function observablesOf({ actor, target, addresses }: Facts): readonly Readonly<Record<string, unknown>>[] {
  const people = [actor, target?.kind === 'user' ? target.person : undefined].filter((one) => one !== undefined)
  const found = [
    ...(addresses ?? []).map((value) => ({ type_id: 2, type: 'IP Address', value })),
    ...people.map(nameOf).map((value) => ({ type_id: 4, type: 'User Name', value })),
    ...people.map(emailOf).map((value) => ({ type_id: 5, type: 'Email Address', value })),
  ].filter(({ value }) => value !== undefined)
  return [...new Map(found.map((one) => [`${one.type_id} ${one.value}`, one])).values()]
}

function emailOf({ email }: Person): string | undefined {
  return email !== undefined && EMAIL.test(email) ? email : undefined
}
