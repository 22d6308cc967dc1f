import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { awsFault } from './aws-fault.ts'

/** Texts that are too large for a queue. What stands in the queue is the key. */
export interface Claims {
  /** Keeps a text under a key. The same key twice holds the later text. @throws Fault `queue-refused` */
  put(key: string, text: string): Promise<void>
  /** The text under a key; undefined when there is none. @throws Fault `store-unavailable` */
  read(key: string): Promise<string | undefined>
}

/** Claims in S3. Without the right to list the bucket, S3 answers a missing key with 403: that is `store-unavailable`. */
export function claims(client: S3Client, bucket: string): Claims {
  return {
    async put(key, text) {
      const object = { Bucket: bucket, Key: key, Body: text, ContentType: 'application/json' }
      await client.send(new PutObjectCommand(object)).catch((error: unknown) => {
        throw awsFault('queue-refused', `put ${key} into the bucket`, error)
      })
    },
    async read(key) {
      try {
        const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return await object.Body?.transformToString('utf-8')
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined
        throw awsFault('store-unavailable', `read ${key} from the bucket`, error)
      }
    },
  }
}
