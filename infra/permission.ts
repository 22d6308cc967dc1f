import { Stack, Validations } from 'aws-cdk-lib'
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam'

/** Something that a function may do, or with `Effect.DENY` may never do. */
export interface Permission {
  /** Letters and digits. */
  readonly sid: string
  readonly effect?: Effect
  /** Each by its whole name: a wildcard would grow when AWS adds an action. */
  readonly actions: readonly `${string}:${string}`[]
  readonly resources: readonly string[]
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Why the resources have a wildcard, and cannot do with less. A wildcard without this is refused. */
  readonly wildcard?: string
}

/**
 * Puts permissions into a role's policy. The reason for a wildcard is also what cdk-nag is told.
 *
 * @throws when an allowed resource has a wildcard that nobody explains
 */
export function grant(role: Role, permissions: readonly Permission[]): void {
  for (const { wildcard, actions, resources, ...rest } of permissions) {
    role.addToPolicy(new PolicyStatement({ ...rest, actions: [...actions], resources: [...resources] }))
    if (rest.effect === Effect.DENY) continue
    for (const resource of resources
      .map((arn) => flat(Stack.of(role).resolve(arn)))
      .filter((arn) => arn.includes('*'))) {
      if (wildcard === undefined) {
        throw new Error(`Cannot grant ${rest.sid} on ${resource}: found a wildcard without a reason for it`)
      }
      Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: wildcard })
    }
  }
}

/** An ARN as cdk-nag writes it: `<AWS::Region>` for a reference, `<Claims1A2B.Arn>` for an attribute. */
function flat(arn: unknown): string {
  if (typeof arn !== 'object' || arn === null) return String(arn)
  if ('Ref' in arn) return `<${arn.Ref}>`
  if ('Fn::GetAtt' in arn && Array.isArray(arn['Fn::GetAtt'])) return `<${arn['Fn::GetAtt'].join('.')}>`
  if ('Fn::Join' in arn && Array.isArray(arn['Fn::Join'])) {
    const [separator, parts] = arn['Fn::Join']
    return parts.map(flat).join(separator)
  }
  return JSON.stringify(arn)
}
