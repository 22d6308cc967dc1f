type Variables = Readonly<Record<string, string | undefined>>

/** The parameters' prefix: `POLLHOOK_PREFIX`, or `/pollhook`. */
export function parameterPrefix(variables: Variables = process.env): string {
  return variables.POLLHOOK_PREFIX || '/pollhook'
}

/** True in the local run alone, which may use http and reach loopback: `POLLHOOK_LOCAL=1`. */
export function isLocalRun(variables: Variables = process.env): boolean {
  return variables.POLLHOOK_LOCAL === '1'
}

/** The value of a variable that the stack sets where the deployment has what it names, as a list of one, or of none. */
export function optionalVariable(name: `POLLHOOK_${string}`, variables: Variables = process.env): [] | [string] {
  const value = variables[name]
  return value ? [value] : []
}

/** The value of a variable that the stack sets. @throws Error naming it when it is missing or empty */
export function requireVariable(name: `POLLHOOK_${string}`, variables: Variables = process.env): string {
  const value = variables[name]
  if (value) return value
  throw new Error(
    `Cannot start as the environment variable ${name} is ${value === '' ? 'empty' : 'missing'}: wanted a value`,
  )
}
