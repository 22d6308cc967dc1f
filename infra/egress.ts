import { RemovalPolicy } from 'aws-cdk-lib'
import {
  CfnEIP,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  NatProvider,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import { Effect } from 'aws-cdk-lib/aws-iam'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Network } from './node-function.ts'
import type { Permission } from './permission.ts'

export interface StaticEgress {
  readonly network: Network
  /** The address that vendors and receivers see. */
  readonly address: string
}

/**
 * A network with one way out, through one fixed address. One NAT gateway, in one zone: when that zone fails, polling and
 * delivery wait for it, and nothing is lost. Checkpoints and claims go past it, by endpoints that are free of charge.
 */
export function staticEgress(scope: Construct, key: Key | undefined): StaticEgress {
  const address = new CfnEIP(scope, 'EgressAddress', { domain: 'vpc' })
  const rejected = new LogGroup(scope, 'EgressRejected', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key === undefined ? {} : { encryptionKey: key }),
  })
  const network = new Vpc(scope, 'Egress', {
    ipAddresses: IpAddresses.cidr('10.203.113.0/24'),
    maxAzs: 2,
    natGateways: 1,
    natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }),
    subnetConfiguration: [
      { name: 'Out', subnetType: SubnetType.PUBLIC, cidrMask: 27, mapPublicIpOnLaunch: false },
      { name: 'Functions', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 26 },
    ],
    gatewayEndpoints: {
      DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      S3: { service: GatewayVpcEndpointAwsService.S3 },
    },
    restrictDefaultSecurityGroup: false,
    // What was turned away; what went out is in the functions' own logs.
    flowLogs: {
      Rejected: {
        destination: FlowLogDestination.toCloudWatchLogs(rejected),
        trafficType: FlowLogTrafficType.REJECT,
      },
    },
  })
  // CDK's own declarations disagree about which of a network's properties may be undefined.
  const vpc = network as IVpc
  const securityGroup = new SecurityGroup(scope, 'EgressGroup', {
    vpc,
    description: 'pollhook: everything out, nothing in',
    allowAllOutbound: true,
  })
  return {
    address: address.attrPublicIp,
    network: {
      placement: { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, securityGroups: [securityGroup] },
      permissions: ATTACH,
    },
  }
}

const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
] as const

/**
 * Lambda puts the function into the network in the name of its role; the function's own code has no business there, and its
 * calls are those that carry `lambda:SourceFunctionArn`. Both as in https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
const ATTACH: readonly Permission[] = [
  {
    sid: 'LambdaAttaches',
    actions: NETWORK_INTERFACES,
    resources: ['*'],
    wildcard: 'Network interfaces have no names before they are made, and describing them knows no resource.',
  },
  {
    sid: 'CodeDoesNot',
    effect: Effect.DENY,
    actions: NETWORK_INTERFACES,
    resources: ['*'],
    conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
  },
]
