import { Template } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { pollhookApp } from '../../infra/app.ts'
import type { PollhookProps } from '../../infra/props.ts'
import { PollhookStack } from '../../infra/stack.ts'

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
})

export type Resource = z.infer<typeof resource>

/** The stack with its functions left unbuilt, which takes a tenth of the time. */
export function stackOf(props: PollhookProps = {}): PollhookStack {
  const app = pollhookApp({ checks: false, context: { 'aws:cdk:bundling-stacks': [], ...props } })
  const stack = app.node.children.find((child) => child instanceof PollhookStack)
  if (stack === undefined) throw new Error('Cannot find the stack: found an app without one')
  return stack
}

/** The resources of the stack with these choices; see `resourcesIn`. */
export function resourcesOf(props: PollhookProps = {}): Record<string, Resource> {
  return resourcesIn(Template.fromStack(stackOf(props)).toJSON())
}

/**
 * A template's resources by logical id, without the construct's name before it and CDK's hash behind it: `Delivery`, `PollRole`.
 * A policy is `PollRoleDefaultPolicy`.
 */
export function resourcesIn(template: unknown): Record<string, Resource> {
  const { Resources } = z.object({ Resources: z.record(z.string(), resource) }).parse(template)
  return Object.fromEntries(Object.entries(Resources).map(([id, found]) => [short(id), found]))
}

/** The one resource of this name. @throws when there is none */
export function the(resources: Record<string, Resource>, name: string): Resource {
  const found = resources[name]
  if (found === undefined) throw new Error(`Cannot find ${name}: found ${Object.keys(resources).join(', ')}`)
  return found
}

/** A value of the template as text: `Delivery.Arn`, `Claims.Arn/claims/*`, `parameter/pollhook/secrets/*`. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('Ref' in value) return short(String(value.Ref))
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt']))
    return value['Fn::GetAtt'].map(String).map(short).join('.')
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join']
    return parts
      .map(textOf)
      .join(separator)
      .replace(/^arn:AWS::Partition:\w+:AWS::Region:AWS::AccountId:/, '')
  }
  throw new Error(`Cannot read ${JSON.stringify(value)}: wanted text, Ref, GetAtt or Join`)
}

const statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
})

/** What a role may do, one line for each action on each resource, sorted: `Allow sqs:SendMessage on Delivery.Arn`. */
export function permissionsOf(resources: Record<string, Resource>, role: string): string[] {
  const policy = the(resources, `${role}DefaultPolicy`).Properties.PolicyDocument
  const { Statement } = z.object({ Statement: z.array(statement) }).parse(policy)
  return Statement.flatMap(({ Effect, Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${Effect} ${action} on ${textOf(on)}`)),
  ).sort()
}

function short(id: string): string {
  return id.replace(/^Pollhook(.+?)[0-9A-F]{8}$/, '$1')
}
