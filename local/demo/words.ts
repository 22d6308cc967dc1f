import { relative } from 'node:path'

/**
 * What a new user reads first.
 *
 * @param example the destination type whose simulated receiver stands in for the webhook's, if one does
 */
export function welcome(example: string | undefined): string[] {
  const receiver =
    example === undefined
      ? 'a webhook receiver that checks every signature. It is the code that runs in'
      : `a simulated ${example} that refuses what is not documented. It is the code that runs in`
  return [
    'pollhook demo. Two simulated vendors, Tines and Smartsheet, write an event every few seconds. pollhook polls both, puts',
    `what is new into a queue, and posts it to ${receiver}`,
    'AWS, against emulators of DynamoDB, SQS, S3 and Parameter Store: no account is used, and nothing leaves this machine.',
    '',
  ]
}

/** What can be tried next. */
export function hints(demo: {
  readonly configDir: string
  readonly dataDir: string
  readonly receiverUrl: string
}): string[] {
  const { receiverUrl, configDir, dataDir } = demo
  const here = (path: string) => relative(process.cwd(), path) || '.'
  return [
    '',
    'Things to try from another terminal:',
    `  kill -9 ${process.pid}`,
    '      and start it again: it goes on where it was; Ctrl-C counts what appeared and what has arrived',
    `  curl -X POST ${receiverUrl}/down`,
    '      the receiver answers 503 until /up; events wait in the queue and are tried again',
    `  npm run pollhook -- status --local --data ${here(dataDir)}`,
    '      how far each source and destination has got',
    `  edit ${here(configDir)}/sources/demo-tines.json`,
    '      it is read again before the next tick; try a typing mistake',
    'Your own sources and destinations: npm start -- --config DIR, see docs/configuration.md',
    '',
  ]
}
