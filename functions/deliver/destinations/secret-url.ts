import { Fault } from '../../../shared/contracts/fault.ts'
import type { SecretRef, Secrets } from '../../../shared/contracts/http.ts'
import { httpsUrl } from '../../../shared/contracts/settings.ts'

/**
 * The address of a receiver whose address is its credential. White space around it is dropped: shells like to add a line feed.
 *
 * @throws Fault `configuration-invalid`, which names the secret and never its value
 */
export function secretUrl(reference: SecretRef, secrets: Secrets): string {
  const url = httpsUrl.safeParse(secrets(reference).trim())
  if (url.success) return url.data
  const problem = url.error.issues[0]?.message
  throw new Fault(
    'configuration-invalid',
    `Cannot post to the address in the secret ${reference.secret}: it ${problem}`,
  )
}
