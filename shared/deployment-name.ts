/**
 * What a deployment is called, from its prefix: `/pollhook` is `pollhook`, `/security/pollhook` is `security-pollhook`. Part
 * of the names of the stack, the table and the queues, so changing this rule makes new, empty ones; and the namespace of its
 * metrics, so that two deployments in one account and Region do not mask each other's alarms.
 */
export function deploymentName(prefix: string): string {
  return prefix.slice(1).replaceAll('/', '-')
}
