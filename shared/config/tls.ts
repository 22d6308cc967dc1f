import { z } from 'zod'
import { secretRef, textOrSecret } from '../contracts/settings.ts'

/** How a connection is secured besides the usual: PEM texts. */
export const tls = z
  .strictObject({
    clientCertificate: secretRef
      .optional()
      .describe('the certificate that the receiver knows us by (mTLS), PEM, its chain behind it'),
    clientKey: secretRef.optional().describe('its private key, PEM'),
    ca: textOrSecret
      .optional()
      .describe('certificate authorities that are trusted besides the public ones, PEM, plain or a reference'),
  })
  .refine(
    ({ clientCertificate, clientKey }) => (clientCertificate === undefined) === (clientKey === undefined),
    'must have both clientCertificate and clientKey, or neither',
  )

export type Tls = z.output<typeof tls>
