/** How bodies may come compressed (RFC 9110, 8.4), and getting out what is in them. */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { Body } from './body.ts'

interface Decompressor {
  readonly atOnce: (body: Buffer, options: { maxOutputLength: number }) => Buffer
  readonly inPieces: () => Transform
}

const GZIP: Decompressor = { atOnce: zlib.gunzipSync, inPieces: zlib.createGunzip }
const ZLIB: Decompressor = { atOnce: zlib.inflateSync, inPieces: zlib.createInflate }
const RAW: Decompressor = { atOnce: zlib.inflateRawSync, inPieces: zlib.createInflateRaw }
const BROTLI: Decompressor = { atOnce: zlib.brotliDecompressSync, inPieces: zlib.createBrotliDecompress }
const ZSTD: Decompressor = { atOnce: zlib.zstdDecompressSync, inPieces: zlib.createZstdDecompress }

const DECOMPRESSORS: Readonly<Record<string, (body: Buffer) => Decompressor>> = {
  gzip: () => GZIP,
  'x-gzip': () => GZIP,
  // Some leave out the header that it should have, the first byte of which ends in 8 (RFC 1950, 2.2).
  deflate: (body) => (body[0]! % 16 === 8 ? ZLIB : RAW),
  br: () => BROTLI,
  zstd: () => ZSTD,
}

export const ACCEPT_ENCODING = 'gzip, deflate, br, zstd'

/** Up to here it is done at once, which takes a fifth of the processor time: another thread is not worth its while. */
const MOST_BYTES_AT_ONCE = 65_536
const MOST_DECOMPRESSED_AT_ONCE = 1_048_576

export class BadEncoding extends Error {}
export class TooLarge extends Error {}

/** What is in a body by its `Content-Encoding`. Throws a `BadEncoding`, or where it is more than `maxBytes` a `TooLarge`. */
export async function decompressed(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  let inner = body
  for (const name of encodingsIn(encoding).reverse()) {
    if (inner.length === 0) break
    const decompressor = DECOMPRESSORS[name]?.(inner)
    if (decompressor === undefined) throw new BadEncoding(`content-encoding "${name}" is not known`)
    inner = atOnce(decompressor, inner, maxBytes) ?? (await inPieces(decompressor, inner, maxBytes))
  }
  return inner
}

/** In the order in which they were applied. */
function encodingsIn(header: string): string[] {
  const names = header.toLowerCase().split(',')
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
}

/** Null where it is too much for that. */
function atOnce(decompressor: Decompressor, body: Buffer, maxBytes: number): Buffer | null {
  if (body.length > MOST_BYTES_AT_ONCE) return null
  try {
    const inner = new Body(undefined, maxBytes)
    const isTaken = inner.add(decompressor.atOnce(body, { maxOutputLength: MOST_DECOMPRESSED_AT_ONCE }))
    if (isTaken) return inner.take()
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') return null
    throw new BadEncoding((error as Error).message)
  }
  throw tooLarge(maxBytes)
}

function inPieces(decompressor: Decompressor, body: Buffer, maxBytes: number): Promise<Buffer> {
  const inner = new Body(undefined, maxBytes)
  const stream = decompressor.inPieces()
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  stream.on('data', (chunk: Buffer) => {
    if (inner.add(chunk)) return
    stream.destroy()
    reject(tooLarge(maxBytes))
  })
  stream.on('error', (error) => reject(new BadEncoding(error.message)))
  stream.on('end', () => resolve(inner.take()))
  stream.end(body)
  return promise
}

const tooLarge = (maxBytes: number): TooLarge => new TooLarge(`more than ${maxBytes} bytes decompressed`)
