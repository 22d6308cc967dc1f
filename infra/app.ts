import { App, Validations } from 'aws-cdk-lib'
import { type CloudAssembly, CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api'
import { AwsSolutionsChecks } from 'cdk-nag'
import { InvalidProps, propsFromContext } from './props.ts'
import { PollhookStack } from './stack.ts'

export interface AppOptions {
  /** Where the assembly is written. Default: CDK_OUTDIR, which the CDK command line sets, else a temporary folder. */
  readonly outdir?: string
  /** The deployment's choices (props.ts) and CDK's own settings, in addition to what the CDK command line gives. */
  readonly context?: Readonly<Record<string, unknown>>
  /** Whether to check the stack, which takes longer than making it. Default true. */
  readonly checks?: boolean
}

/**
 * Writes the stack's template and the bundled functions, and checks them against CloudFormation's schemas and the AwsSolutions
 * rules. Needs no credentials, no Region, no Docker and no network.
 *
 * @throws InvalidProps when the context has an unknown or malformed value; Error when a check finds something
 */
export function synthesize(options: AppOptions = {}): CloudAssembly {
  return pollhookApp(options).synth()
}

/** The stack, before it is written. @throws InvalidProps */
export function pollhookApp({ outdir, context, checks = true }: AppOptions = {}): App {
  const app = new App({
    analyticsReporting: false,
    autoSynth: false,
    builtinCloudFormationValidation: checks,
    ...(outdir === undefined ? {} : { outdir }),
    // As in a project that `cdk init` makes. Here and not in cdk.json, so that a run without the command line has them too.
    context: { ...CURRENTLY_RECOMMENDED_FLAGS, ...context },
  })
  if (checks) Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
  new PollhookStack(app, propsFromContext(app.node.getAllContext()))
  return app
}

if (import.meta.main) {
  try {
    synthesize()
  } catch (error) {
    if (!(error instanceof InvalidProps)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
