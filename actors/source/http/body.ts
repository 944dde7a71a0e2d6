/** The bytes of an answer's body, bounded as they come; zeros follow them in their memory, so that a decoder need not copy them. */
import { PADDING_BYTES } from '../decode/index.ts'

export class Body {
  readonly #maxBytes: number
  /** As large as was announced, or null where nothing was. */
  readonly #whole: Buffer | null
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(announced: string | undefined, maxBytes: number) {
    this.#maxBytes = maxBytes
    const bytes = announced !== undefined && /^\d+$/.test(announced) ? Number(announced) : Number.NaN
    this.#whole = bytes <= maxBytes ? allocate(bytes) : null
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

  /** All that came. */
  take(): Buffer {
    const whole = this.#whole ?? allocate(this.#length)
    let at = 0
    for (const chunk of this.#chunks) at += chunk.copy(whole, at)
    return whole.subarray(0, this.#length)
  }
}

/** A body that `take` gave, with the zeros behind it. */
export function withPadding(body: Buffer): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.length + PADDING_BYTES)
}

/** Small ones share memory: an ArrayBuffer of its own costs more than a kilobyte in it. */
function allocate(bytes: number): Buffer {
  return Buffer.allocUnsafe(bytes + PADDING_BYTES).fill(0, bytes)
}
