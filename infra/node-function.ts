import path from 'node:path'
import { type Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Key } from 'aws-cdk-lib/aws-kms'
import {
  ApplicationLogLevel,
  Architecture,
  type EventInvokeConfigOptions,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda'
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { useOf } from './encryption.ts'
import { grant, type Permission } from './permission.ts'

const ROOT = path.join(import.meta.dirname, '..')

/** Where a function's requests leave from; without it, from addresses of AWS. */
export interface Network {
  readonly placement: {
    readonly vpc: IVpc
    readonly vpcSubnets: SubnetSelection
    readonly securityGroups: ISecurityGroup[]
  }
  /** What Lambda asks of the role of a function that it puts there. */
  readonly permissions: readonly Permission[]
}

/** What a function gets from its surroundings. */
export interface Surroundings {
  /** The customer's key, where there is one. */
  readonly key: Key | undefined
  readonly network?: Network | undefined
}

export interface NodeFunctionProps extends Surroundings {
  /** The folder of its handler.ts under functions/. */
  readonly folder: 'dispatch' | 'poll' | 'deliver'
  readonly description: string
  readonly timeout: Duration
  readonly environment: Readonly<Record<`POLLHOOK_${string}`, string>>
  /** All that it may do, apart from writing its log. */
  readonly permissions: readonly Permission[]
  /** How Lambda treats asynchronous invocations, where there are any. */
  readonly asynchronous?: EventInvokeConfigOptions
}

/**
 * One of the functions, with a role and a log group of its own. The role has no managed policy: what the function may do is
 * what its file says.
 */
export function nodeFunction(scope: Construct, id: string, props: NodeFunctionProps): NodejsFunction {
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(props.key === undefined ? {} : { encryptionKey: props.key }),
  })
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  logGroup.grantWrite(role)
  grant(role, props.permissions)
  if (props.key !== undefined) grant(role, [useOf(props.key)])
  if (props.network !== undefined) grant(role, props.network.permissions)

  return new NodejsFunction(scope, id, {
    description: props.description,
    entry: path.join(ROOT, 'functions', props.folder, 'handler.ts'),
    projectRoot: ROOT,
    depsLockFilePath: path.join(ROOT, 'package-lock.json'),
    bundling: BUNDLING,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    timeout: props.timeout,
    environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
    role,
    logGroup,
    // The functions write JSON lines to stdout, which Lambda passes on as they are. Of its own lines, START and REPORT of
    // every invocation would be most of the log; those that tell of a failure are warnings.
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    systemLogLevelV2: SystemLogLevel.WARN,
    ...props.asynchronous,
    ...props.network?.placement,
  })
}

/**
 * With esbuild's own choice of `mainFields` the CommonJS build of the AWS SDK is taken, and the bundle fails at its first line
 * with "Dynamic require of node:https is not supported". The banner serves the CommonJS packages that are left.
 */
const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  bundleAwsSDK: true,
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: LogLevel.WARNING,
  banner: "import { createRequire } from 'module';const require=createRequire(import.meta.url);",
}
