/**
 * Reads MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), as much of it as the hub writes: all but extensions.
 *
 * `bin` values are views into the message, not copies. Integers beyond 2^53 lose their last bits.
 */
export type MessagePackValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | MessagePackValue[]
  | { [key: string]: MessagePackValue }

const MAX_DEPTH = 16
const text = new TextDecoder()

/** The one value in `bytes`. Throws a RangeError when it is cut short, too deep, or not MessagePack. */
export function readMessagePack(bytes: Uint8Array): MessagePackValue {
  const reader = new MessagePackReader(bytes)
  const value = reader.value(0)
  if (reader.at !== bytes.length) throw new RangeError(`${bytes.length - reader.at} bytes behind the value`)
  return value
}

class MessagePackReader {
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  value(depth: number): MessagePackValue {
    if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`)
    const head = this.#unsigned(1)
    if (head < 0x80) return head
    if (head >= 0xe0) return head - 0x100
    if (head < 0x90) return this.#map(head & 0x0f, depth)
    if (head < 0xa0) return this.#array(head & 0x0f, depth)
    if (head < 0xc0) return this.#text(head & 0x1f)
    switch (head) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(1 << (head - 0xc4)))
      case 0xca:
        return this.#view.getFloat32(this.#skip(4))
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8))
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#unsigned(1 << (head - 0xcc))
      case 0xd0:
        return this.#view.getInt8(this.#skip(1))
      case 0xd1:
        return this.#view.getInt16(this.#skip(2))
      case 0xd2:
        return this.#view.getInt32(this.#skip(4))
      case 0xd3:
        return Number(this.#view.getBigInt64(this.#skip(8)))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (head - 0xd9)))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(2 << (head - 0xdc)), depth)
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 << (head - 0xde)), depth)
      default:
        throw new RangeError(`MessagePack type 0x${head.toString(16)} is not in use here`)
    }
  }

  #unsigned(size: number): number {
    const at = this.#skip(size)
    if (size === 1) return this.#bytes[at]!
    if (size === 2) return this.#view.getUint16(at)
    if (size === 4) return this.#view.getUint32(at)
    return this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4)
  }

  #array(length: number, depth: number): MessagePackValue[] {
    const array: MessagePackValue[] = []
    for (let i = 0; i < length; i++) array.push(this.value(depth + 1))
    return array
  }

  #map(length: number, depth: number): { [key: string]: MessagePackValue } {
    const entries: [string, MessagePackValue][] = []
    for (let i = 0; i < length; i++) entries.push([String(this.value(depth + 1)), this.value(depth + 1)])
    return Object.fromEntries(entries)
  }

  #text(length: number): string {
    return text.decode(this.#take(length))
  }

  #take(length: number): Uint8Array {
    const at = this.#skip(length)
    return this.#bytes.subarray(at, at + length)
  }

  #skip(length: number): number {
    const at = this.at
    this.at += length
    if (this.at > this.#bytes.length) throw new RangeError('the message is cut short')
    return at
  }
}
