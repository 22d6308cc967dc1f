import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'

/** The body turned out to be larger than asked for. */
export class BodyTooLarge extends Error {}

/** The body is compressed in a way that was not asked for. */
class UnknownEncoding extends Error {
  readonly code = 'unknown content-encoding'
}

/**
 * Reads a body to its end, decompresses it and decodes it as UTF-8, without a byte order mark.
 *
 * @param encoding the value of `content-encoding`
 * @param maxBytes of the decompressed body; the stream is destroyed as soon as there are more
 * @throws BodyTooLarge, UnknownEncoding, or the error of the stream or of the decompression, which has a `code`
 */
export async function readBody(body: Readable, encoding: string | undefined, maxBytes: number): Promise<string> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true) return '' // an empty body is not compressed, whatever its header says

  const parts: Buffer[] = []
  let bytes = 0
  const sink = new Writable({
    write(part: Buffer, _encoding, done) {
      bytes += part.length
      parts.push(part)
      done(bytes > maxBytes ? new BodyTooLarge() : null)
    },
  })
  await pipeline([Readable.from(resume(first.value, chunks)), ...decoders(encoding, first.value), sink])
  return new TextDecoder().decode(Buffer.concat(parts, bytes))
}

async function* resume(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* { [Symbol.asyncIterator]: () => rest }
}

/** Encodings are listed in the order they were applied, so they are undone from the last to the first. */
function decoders(encoding: string | undefined, first: Buffer): Transform[] {
  const [outer = '', ...inner] = (encoding ?? '')
    .toLowerCase()
    .split(/\s*,\s*/)
    .reverse()
  return [outer === 'deflate' && !isZlib(first) ? createInflateRaw() : decoder(outer), ...inner.map(decoder)].filter(
    (transform) => transform !== undefined,
  )
}

function decoder(name: string): Transform | undefined {
  switch (name.trim()) {
    case '':
    case 'identity':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    case 'deflate':
      return createInflate()
    default:
      throw new UnknownEncoding(name)
  }
}

/** Servers send `deflate` with (RFC 9110) and without zlib's header, whose low four bits are 8. */
function isZlib(first: Buffer): boolean {
  return ((first[0] ?? 0) & 0x0f) === 8
}
