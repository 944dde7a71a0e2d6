/** What a thread of the pool does: one body, with the context that it comes in, to frames. */
import { FrameBatch } from '../../../../engine/records/index.ts'
import { createDecoder, type DecodeContext, type Decoder, type Format } from '../index.ts'

export interface DecodeTask {
  format: Format
  /** The body, and zeros behind it. */
  bytes: Uint8Array
  length: number
  context: DecodeContext
}

export interface Decoded {
  /** Whole frames. */
  frames: Uint8Array
  isTaken: boolean
  /** The context as the body leaves it. */
  context: DecodeContext
}

const decoders = new Map<Format, Decoder>()

export function decodeTask({ format, bytes, length, context }: DecodeTask): Decoded {
  const decoder = decoders.get(format) ?? createDecoder(format)
  decoders.set(format, decoder)
  const batch = new FrameBatch(Math.max(1 << 18, length))
  decoder.decode(bytes, 0, length, context, batch)
  return { frames: batch.memory.u8.subarray(0, batch.length), isTaken: decoder.isTaken, context }
}
