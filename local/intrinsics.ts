import { ACCOUNT_ID, REGION } from './emulators/emulator.ts'

/** A resource that other resources refer to: what `Ref` gives, and its attributes by name. */
export interface Referable {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

/** What CloudFormation knows without a resource: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html. */
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT_ID,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
}

/** A value refers to something that a local run does not create. */
export class NotLocal extends Error {
  override readonly name = 'NotLocal'
}

/**
 * The text that a value of the template stands for: a plain value, or one made with Ref, Fn::GetAtt, Fn::Join or Fn::Sub.
 *
 * @param place named in errors, such as `Poll.Environment`
 * @throws NotLocal, or Error for another form of value, naming the place and what was found there
 */
export function resolve(value: unknown, resources: ReadonlyMap<string, Referable>, place: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const [[name, argument] = []] = value !== null && typeof value === 'object' ? Object.entries(value) : []
  switch (name) {
    case 'Ref':
      return ref(argument, resources, place)
    case 'Fn::GetAtt':
      return attribute(argument, resources, place)
    case 'Fn::Join':
      return join(argument, resources, place)
    case 'Fn::Sub':
      return substitute(argument, resources, place)
    default:
      throw new Error(`Cannot read ${place}: found ${JSON.stringify(value)}, wanted text, Ref, GetAtt, Join or Sub`)
  }
}

function ref(id: unknown, resources: ReadonlyMap<string, Referable>, place: string): string {
  const found = typeof id === 'string' ? (PSEUDO_PARAMETERS[id] ?? resources.get(id)?.ref) : undefined
  if (found !== undefined) return found
  throw new NotLocal(
    `Cannot read ${place}: found a reference to ${JSON.stringify(id)}, which a local run does not create`,
  )
}

function attribute(path: unknown, resources: ReadonlyMap<string, Referable>, place: string): string {
  const [id, name] = Array.isArray(path) ? path : String(path).split('.')
  const found = resources.get(String(id))?.attributes[String(name)]
  if (found !== undefined) return found
  throw new NotLocal(`Cannot read ${place}: found ${name} of ${id}, which a local run does not know`)
}

function join(argument: unknown, resources: ReadonlyMap<string, Referable>, place: string): string {
  if (!Array.isArray(argument) || !Array.isArray(argument[1])) {
    throw new Error(`Cannot read ${place}: found Fn::Join without a list of values`)
  }
  const [delimiter, values] = argument
  return values.map((value) => resolve(value, resources, place)).join(String(delimiter))
}

/** `${Name}` and `${Name.Attribute}`; `${!Name}` stands for itself. */
function substitute(argument: unknown, resources: ReadonlyMap<string, Referable>, place: string): string {
  if (typeof argument !== 'string') throw new Error(`Cannot read ${place}: found Fn::Sub with variables of its own`)
  return argument.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`
    return name.includes('.') ? attribute(name, resources, place) : ref(name, resources, place)
  })
}
