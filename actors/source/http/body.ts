/** The bytes of an answer's body: bounded as they come, and decompressed. */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { PADDING_BYTES } from '../decode/index.ts'

type Decompress = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const zstd = (zlib as { zstdDecompress?: typeof zlib.gunzip }).zstdDecompress
const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(zlib.gunzip),
  'x-gzip': promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
  ...(zstd === undefined ? {} : { zstd: promisify(zstd) }),
}

export const ACCEPT_ENCODING = zstd === undefined ? 'gzip, deflate, br' : 'gzip, deflate, br, zstd'

export class Body {
  readonly #maxBytes: number
  /** As large as was announced, or null where nothing was. */
  readonly #whole: Buffer | null
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(announced: string | undefined, maxBytes: number) {
    this.#maxBytes = maxBytes
    const bytes = announced !== undefined && /^\d+$/.test(announced) ? Number(announced) : Number.NaN
    this.#whole = bytes <= maxBytes ? Buffer.alloc(bytes + PADDING_BYTES) : null
  }

  /** False when it has become too long. */
  add(chunk: Buffer): boolean {
    const end = this.#length + chunk.length
    if (end > this.#maxBytes) return false
    if (this.#whole === null) this.#chunks.push(chunk)
    else chunk.copy(this.#whole, this.#length)
    this.#length = end
    return true
  }

  /** All that came, zeros behind it. */
  take(): Buffer {
    const whole = this.#whole ?? Buffer.alloc(this.#length + PADDING_BYTES)
    let at = 0
    for (const chunk of this.#chunks) at += chunk.copy(whole, at)
    return whole.subarray(0, this.#length)
  }
}

/** A body by what its `Content-Encoding` says; null when that is none we know. Throws what zlib throws. */
export async function decompressed(body: Buffer, encoding: string, maxOutputLength: number): Promise<Buffer | null> {
  const decompress = DECOMPRESS[encoding]
  return decompress === undefined ? null : decompress(body, { maxOutputLength })
}

export const isTooLarge = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
