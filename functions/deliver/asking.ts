import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Confirmation } from '../../shared/contracts/destination.ts'

type AnyConfirmation = Confirmation<DestinationConfig['own']>

/** Made once for each configuration, by which access tokens and secrets are remembered. */
const made = new WeakMap<DestinationConfig, DestinationConfig>()

/**
 * The configuration by which a destination is asked instead of sent to. A question is a delivery whose id is the receipt, and its
 * outcome is the answer; so it is authorised, limited and read like any other request.
 */
export function asking(config: DestinationConfig, confirmation: AnyConfirmation): DestinationConfig {
  const known = made.get(config)
  if (known !== undefined) return known
  const questions: DestinationConfig = {
    ...config,
    compression: 'none',
    destination: {
      ...config.destination,
      request: ({ id }, own, secrets) => confirmation.request(id, own, secrets),
      outcome: (response, { id }, own) => confirmation.outcome(response, id, own),
    },
  }
  made.set(config, questions)
  return questions
}
