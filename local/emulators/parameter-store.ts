import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { readBody, respond } from './body.ts'
import { ACCOUNT_ID, type Emulator, REGION } from './emulator.ts'
import type { Parameter, Parameters } from './parameters.ts'

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html: 1 to 10, and 10 by default. */
const MAX_PER_PAGE = 10
/** https://docs.aws.amazon.com/general/latest/gr/ssm.html: the longest value in each tier, in characters. */
const MAX_CHARACTERS = { Standard: 4096, Advanced: 8192, 'Intelligent-Tiering': 8192 } as const
const MAX_REQUEST_BYTES = 1_048_576

/**
 * The part of Systems Manager's Parameter Store that pollhook and its users need, over the SDK's JSON protocol: PutParameter,
 * GetParameter(s), GetParametersByPath, DeleteParameter(s). Errors carry the names that the SDK turns into exceptions.
 */
export function parameterStore(parameters: Parameters, clock: () => Date): Emulator {
  return {
    handle: (request, response) => serve(parameters, clock, request, response),
    close: async () => {},
  }
}

/** An answer of the API that is an error, by the name of its exception. */
class ApiError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

async function serve(
  parameters: Parameters,
  clock: () => Date,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_REQUEST_BYTES)
    if (body === undefined) throw new ApiError('ValidationException', `Request larger than ${MAX_REQUEST_BYTES} bytes`)
    const action = String(request.headers['x-amz-target']).replace('AmazonSSM.', '')
    respond(response, 200, JSON.stringify(act(parameters, action, body.toString('utf8'), clock())))
  } catch (error) {
    if (error instanceof ApiError)
      respond(response, 400, JSON.stringify({ __type: error.name, message: error.message }))
    else respond(response, 500, JSON.stringify({ __type: 'InternalServerError', message: 'The emulator failed' }))
  }
}

function act(parameters: Parameters, action: string, body: string, now: Date): object {
  switch (action) {
    case 'PutParameter':
      return put(parameters, read(putInput, body), now)
    case 'GetParameter':
      return getOne(parameters, read(getOneInput, body))
    case 'GetParameters':
      return getMany(parameters, read(getManyInput, body))
    case 'GetParametersByPath':
      return getByPath(parameters, read(byPathInput, body))
    case 'DeleteParameter':
      return deleteOne(parameters, read(nameInput, body))
    case 'DeleteParameters':
      return deleteMany(parameters, read(namesInput, body))
    default:
      throw new ApiError('UnknownOperationException', `The local Parameter Store does not know ${action}`)
  }
}

const name = z.string().min(1).max(2048)
const names = z.array(name).min(1).max(10)
const flag = z.boolean().default(false)

const nameInput = z.object({ Name: name })
const namesInput = z.object({ Names: names })
const getOneInput = z.object({ Name: name, WithDecryption: flag })
const getManyInput = z.object({ Names: names, WithDecryption: flag })
const byPathInput = z.object({
  Path: name.startsWith('/'),
  Recursive: flag,
  WithDecryption: flag,
  MaxResults: z.number().int().min(1).max(MAX_PER_PAGE).default(MAX_PER_PAGE),
  NextToken: z.string().optional(),
  ParameterFilters: z.never('not known to the local Parameter Store').optional(),
})
const putInput = z.object({
  Name: name,
  Value: z.string().min(1),
  Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
  Tier: z.enum(['Standard', 'Advanced', 'Intelligent-Tiering']).default('Standard'),
  Description: z.string().max(1024).optional(),
  Overwrite: flag,
})

function read<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new ApiError('SerializationException', 'Request is not JSON')
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new ApiError('ValidationException', `${problems.length} validation error(s) detected: ${problems.join('; ')}`)
}

function put(parameters: Parameters, input: z.infer<typeof putInput>, now: Date): object {
  checkName(input.Name)
  const maxCharacters = MAX_CHARACTERS[input.Tier]
  if (input.Value.length > maxCharacters) {
    throw new ApiError(
      'ValidationException',
      `${input.Tier} tier parameters support a maximum parameter value of ${maxCharacters} characters.`,
    )
  }
  const existing = parameters.get(input.Name)
  if (existing !== undefined && !input.Overwrite) {
    throw new ApiError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    )
  }
  const type = input.Type ?? existing?.type
  if (type === undefined) {
    throw new ApiError('ValidationException', 'A parameter type is required when you create a parameter.')
  }
  if (existing !== undefined && existing.type !== type) {
    throw new ApiError('HierarchyTypeMismatchException', `The parameter is of type ${existing.type}, not ${type}.`)
  }
  const stored = parameters.put({ name: input.Name, type, value: input.Value, description: input.Description }, now)
  const isLarge = input.Value.length > MAX_CHARACTERS.Standard
  return { Version: stored.version, Tier: isLarge || input.Tier === 'Advanced' ? 'Advanced' : 'Standard' }
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html, under Name. */
function checkName(text: string): void {
  const problem = !/^[a-zA-Z0-9_.\-/]+$/.test(text)
    ? 'Parameter name: can only contain letters, digits and the symbols .-_/'
    : text.includes('/') && !text.startsWith('/')
      ? 'Parameter name must be a fully qualified name'
      : /^\/?(aws|ssm)/i.test(text)
        ? 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive)'
        : text.includes('//') || text.endsWith('/')
          ? 'Parameter name: a level of the hierarchy is empty'
          : text.split('/').length - 1 > 15
            ? 'Parameter name: a hierarchy can have a maximum of 15 levels'
            : undefined
  if (problem !== undefined) throw new ApiError('ValidationException', problem)
}

function getOne(parameters: Parameters, input: z.infer<typeof getOneInput>): object {
  const found = parameters.get(input.Name)
  if (found === undefined) throw new ApiError('ParameterNotFound', '')
  return { Parameter: shown(found, input.WithDecryption) }
}

function getMany(parameters: Parameters, input: z.infer<typeof getManyInput>): object {
  const found = input.Names.map((wanted) => parameters.get(wanted)).filter((entry) => entry !== undefined)
  return {
    Parameters: found.map((entry) => shown(entry, input.WithDecryption)),
    InvalidParameters: input.Names.filter((wanted) => parameters.get(wanted) === undefined),
  }
}

function getByPath(parameters: Parameters, input: z.infer<typeof byPathInput>): object {
  const folder = input.Path.endsWith('/') ? input.Path : `${input.Path}/`
  const after = input.NextToken === undefined ? '' : Buffer.from(input.NextToken, 'base64url').toString('utf8')
  const below = parameters
    .all()
    .filter((entry) => entry.name.startsWith(folder) && entry.name > after)
    .filter((entry) => input.Recursive || !entry.name.slice(folder.length).includes('/'))
  const page = below.slice(0, input.MaxResults)
  const last = page.at(-1)
  const more = last !== undefined && below.length > page.length
  return {
    Parameters: page.map((entry) => shown(entry, input.WithDecryption)),
    ...(more ? { NextToken: Buffer.from(last.name, 'utf8').toString('base64url') } : {}),
  }
}

function deleteOne(parameters: Parameters, input: z.infer<typeof nameInput>): object {
  if (!parameters.delete(input.Name)) throw new ApiError('ParameterNotFound', '')
  return {}
}

function deleteMany(parameters: Parameters, input: z.infer<typeof namesInput>): object {
  const deleted = input.Names.filter((wanted) => parameters.delete(wanted))
  return { DeletedParameters: deleted, InvalidParameters: input.Names.filter((wanted) => !deleted.includes(wanted)) }
}

/** A parameter as an answer shows it. Without decryption a secret is a text that has nothing to do with its value. */
function shown(entry: Parameter, withDecryption: boolean): object {
  const sealed = entry.type === 'SecureString' && !withDecryption
  return {
    Name: entry.name,
    Type: entry.type,
    Value: sealed ? randomBytes(120).toString('base64') : entry.value,
    Version: entry.version,
    LastModifiedDate: Date.parse(entry.modifiedAt) / 1000,
    ARN: `arn:aws:ssm:${REGION}:${ACCOUNT_ID}:parameter${entry.name.startsWith('/') ? '' : '/'}${entry.name}`,
    DataType: 'text',
  }
}
