import { Stack } from 'aws-cdk-lib'
import { Effect } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Permission } from './permission.ts'

/** Every way to read a parameter: closed as a whole, so that a permission added later does not open it. */
const EVERY_READ = [
  'ssm:GetParameter',
  'ssm:GetParameters',
  'ssm:GetParametersByPath',
  'ssm:GetParameterHistory',
] as const

/** The parameters of one deployment, as the permissions to read them. */
export interface Parameters {
  /**
   * Lists a whole tree with its values. Parameter Store checks the path alone
   * (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html), so the path is the resource,
   * as it stands in the request: with or without a slash at its end.
   */
  list(tree: 'sources' | 'destinations'): Permission
  /** Reads destinations by name. */
  destinations(): Permission
  /**
   * Reads the secrets by name, except those in the folder that is for the other side alone.
   *
   * A SecureString under the key `aws/ssm`, which is the default, needs no permission on that key: its own policy lets every
   * principal of the account decrypt by way of Parameter Store what it may read there
   * (https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html).
   */
  secretsExcept(folder: 'sources' | 'destinations'): readonly Permission[]
  /**
   * Reads secrets of Secrets Manager by their reference. Parameter Store fetches them in the caller's name
   * (https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html), so it is the second
   * permission that decides which. A secret under a key of the customer's needs that key's policy to let the function decrypt.
   */
  secretsManager(arns: readonly string[]): readonly Permission[]
}

export function parametersUnder(scope: Construct, prefix: string): Parameters {
  const parameter = (resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName })
  const ours = (rest: string) => parameter(`${prefix.slice(1)}/${rest}`)
  return {
    list: (tree) => ({
      sid: tree === 'sources' ? 'ListSources' : 'ListDestinations',
      actions: ['ssm:GetParametersByPath'],
      resources: [ours(tree), ours(`${tree}/`)],
    }),
    destinations: () => ({
      sid: 'ReadDestinations',
      actions: ['ssm:GetParameters'],
      resources: [ours('destinations/*')],
      wildcard: 'Destinations are added and removed by the operator without a deployment. They hold no secrets.',
    }),
    secretsExcept: (folder) => [
      {
        sid: 'ReadSecrets',
        actions: ['ssm:GetParameters'],
        resources: [ours('secrets/*')],
        wildcard:
          'Secrets are added by the operator without a deployment, under names that only the configurations know. Those of the other side alone are denied.',
      },
      {
        sid: folder === 'sources' ? 'NotSecretsOfSources' : 'NotSecretsOfDestinations',
        effect: Effect.DENY,
        actions: EVERY_READ,
        resources: [ours(`secrets/${folder}/*`)],
      },
    ],
    secretsManager: (arns) =>
      arns.length === 0
        ? []
        : [
            {
              sid: 'ReferToSecretsManager',
              actions: ['ssm:GetParameters'],
              resources: [parameter('aws/reference/secretsmanager/*')],
              wildcard: 'A reference alone opens nothing: which secrets it may reach is said by ReadSecretsManager.',
            },
            {
              sid: 'ReadSecretsManager',
              actions: ['secretsmanager:GetSecretValue'],
              resources: arns,
              wildcard: 'The operator named this pattern in secretsManagerArns.',
            },
          ],
  }
}
