import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'

/** The body turned out to be larger than asked for. */
export class BodyTooLarge extends Error {}

/** The body is compressed in a way that was not asked for, or too often. */
class UnknownEncoding extends Error {
  readonly code = 'unknown content-encoding'
}

/** More in a row than any server means: each costs as much as the first, and a header has room for thousands. */
const MOST_ENCODINGS = 5

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  // Servers send `deflate` with (RFC 9110) and without zlib's header, whose low four bits are 8.
  deflate: (bytes, options) => promisify(((bytes[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(bytes, options),
}

/**
 * Decompresses a body and decodes it as UTF-8, without a byte order mark.
 *
 * @param encoding the value of `content-encoding`
 * @param maxBytes of the decompressed body
 * @throws BodyTooLarge, UnknownEncoding, or the error of the decompression, which has a `code`
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<string> {
  let bytes = body
  if (bytes.length === 0) return '' // an empty body is not compressed, whatever its header says
  const names = encodingsOf(encoding)
  if (names.length > MOST_ENCODINGS) throw new UnknownEncoding()
  for (const name of names) {
    const decompress = Object.hasOwn(DECOMPRESS, name) ? DECOMPRESS[name] : undefined
    if (decompress === undefined) throw new UnknownEncoding()
    bytes = await decompress(bytes, { maxOutputLength: maxBytes }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : error
    })
  }
  return new TextDecoder().decode(bytes)
}

/** Encodings are listed in the order they were applied, so they are undone from the last to the first. */
function encodingsOf(encoding: string | undefined): string[] {
  const names = (encoding ?? '').toLowerCase().split(',')
  return names
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
    .reverse()
}
