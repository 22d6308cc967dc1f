import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { Fault } from '../../../../shared/contracts/fault.ts'
import type { SecretRef } from '../../../../shared/contracts/http.ts'

/** A Standard Webhooks key: `v1` is HMAC-SHA256, `v1a` is ed25519. */
export interface SigningKey {
  readonly version: 'v1' | 'v1a'
  readonly key: KeyObject
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** What precedes the 32 bytes of an ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED_BYTES = 32
const PUBLIC_KEY_BYTES = 32

/** Making a key object takes several times longer than signing with it. Emptied when full, as keys change rarely. */
const MOST_KNOWN = 1_000
const knownKeys = new Map<string, SigningKey>()
const knownTexts = new Map<string, KeyObject>()

/**
 * The key that a secret holds: `whsec_` and base64 of any bytes, or `whsk_` and base64 of an ed25519 private key, 32 bytes or
 * the 64 that Svix writes (private key, then public key). White space around it is dropped: shells like to add a line feed.
 *
 * @throws Fault `configuration-invalid`, which names the secret and never its value
 */
export function signingKey(reference: SecretRef, secret: string): SigningKey {
  return knownKeys.get(secret) ?? remember(knownKeys, secret, parse(reference, secret.trim()))
}

/**
 * The key that is the secret itself, every character of it, in UTF-8.
 *
 * @throws Fault `configuration-invalid`, which names the secret, when it is empty: anybody could sign with that
 */
export function textKey(reference: SecretRef, secret: string): KeyObject {
  if (secret === '') throw unusable(reference, 'nothing', 'at least one character')
  return knownTexts.get(secret) ?? remember(knownTexts, secret, createSecretKey(Buffer.from(secret)))
}

function remember<Key>(known: Map<string, Key>, secret: string, key: Key): Key {
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(secret, key)
  return key
}

function parse(reference: SecretRef, text: string): SigningKey {
  if (text.startsWith('whsec_')) {
    return { version: 'v1', key: createSecretKey(bytes(reference, text.slice('whsec_'.length))) }
  }
  if (text.startsWith('whsk_'))
    return { version: 'v1a', key: privateKey(reference, bytes(reference, text.slice('whsk_'.length))) }
  throw unusable(reference, 'another beginning', 'whsec_ or whsk_ and then base64')
}

function bytes(reference: SecretRef, base64: string): Buffer {
  if (base64 === '' || !BASE64.test(base64)) {
    throw unusable(reference, `${base64.length} characters that are not padded base64`, 'base64 after whsec_ or whsk_')
  }
  return Buffer.from(base64, 'base64')
}

function privateKey(reference: SecretRef, material: Buffer): KeyObject {
  const wanted = 'the 32 bytes of an ed25519 private key, with or without its 32-byte public key behind them'
  const stated = material.subarray(SEED_BYTES)
  if (material.length < SEED_BYTES || (stated.length !== 0 && stated.length !== PUBLIC_KEY_BYTES)) {
    throw unusable(reference, `${material.length} bytes`, wanted)
  }
  const der = Buffer.concat([PKCS8_ED25519, material.subarray(0, SEED_BYTES)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const derived = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_BYTES)
  if (stated.length !== 0 && !stated.equals(derived)) {
    throw unusable(reference, 'a public key that belongs to another private key', wanted)
  }
  return key
}

function unusable({ secret }: SecretRef, found: string, wanted: string): Fault {
  return new Fault('configuration-invalid', `Cannot sign with the secret ${secret}: found ${found}, wanted ${wanted}`)
}
