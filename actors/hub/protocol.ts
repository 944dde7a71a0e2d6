/**
 * The hub's protocol, version 1: what the hub writes and every client reads. `docs/protocol.md` describes all of it.
 *
 * Shared by hub and clients, so it imports nothing: a browser loads this very file. A number travels as a whole multiple of
 * its field's quantum, as the difference from what the receiver can already predict; both ends count in integers, so they
 * stay in step for ever.
 *
 * ```
 *   message    [ type, epoch, channel, seq, clock ms, … ]                    a MessagePack array
 *   hello      [ …, details ]                                                 a map
 *   snapshot   [ …, chunk, chunks, rows, slots, [ column, … ] ]
 *   delta      [ …, removed, removed slots, rows, slots, [ column, … ] ]
 *
 *   slots      varint of each slot less the one before it                     ascending
 *   column     empty, or: one bit a row (lowest first), then a code for each row whose bit is set
 *   code       number   0 null │ 1 + zigzag(value − prediction)
 *              boolean  0 null │ 1 false │ 2 true
 *              string   0 null │ 1 + length, then UTF-8 of that length
 * ```
 *
 * A bit that is not set says: as predicted. The first column holds the key; its bit marks a new aircraft, of which all is
 * null before the other columns are read.
 */
export const PROTOCOL_VERSION = 1

/** The channel that carries every aircraft. */
export const WORLD_CHANNEL = 0

/** First element of every MessagePack message. */
export const MessageType = { hello: 0, snapshot: 1, delta: 2 } as const

export const FORMATS = ['msgpack', 'json'] as const
export type Format = (typeof FORMATS)[number]

/** One field of a row, in wire order; the first is the key. */
export interface WireField {
  name: string
  type: 'string' | 'number' | 'boolean'
  /** Numbers travel as whole numbers: value × scale. */
  scale?: number
  /** What a value is predicted from: its own last value, the message's clock, or another field of the same row. */
  predict: 'last' | 'clock' | (string & {})
}

export interface HelloDetails {
  protocol: number
  format: Format
  /** Name and version of the server. */
  server: string
  /** Deltas come at most this often … */
  tick_ms: number
  /** … and at least this often, empty if need be: a connection silent for longer is broken. */
  heartbeat_ms: number
  /** An aircraft that nobody has mentioned for so long is removed. */
  stale_after_ms: number
  fields: WireField[]
}

/** The names of a message's leading elements; they are the first members of every JSON message. */
export interface MessageHeader {
  /** Names one run of the hub's table. Slots and sequence numbers mean nothing across epochs. */
  epoch: number
  channel: number
  /** Of the last delta that this message includes; counts up by one from delta to delta of a channel. */
  seq: number
  /** The stream's clock, epoch milliseconds; null before the first record. */
  clock_ms: number | null
}

export type JsonValue = string | number | boolean | null
export type JsonRow = { [field: string]: JsonValue }
export type JsonHello = { type: 'hello' } & MessageHeader & HelloDetails
export type JsonSnapshot = { type: 'snapshot' } & MessageHeader & { chunk: number; chunks: number; flights: JsonRow[] }
export type JsonDelta = { type: 'delta' } & MessageHeader & { removed: string[]; flights: JsonRow[] }
export type JsonMessage = JsonHello | JsonSnapshot | JsonDelta

/** What a client sends, as JSON text in either format. */
export type ClientMessage = { type: 'resync' }

/** Why the hub closes a connection (RFC 6455, section 7.4). */
export const CloseCode = {
  goingAway: 1001,
  unsupported: 1003,
  malformed: 1007,
  policy: 1008,
  tooLarge: 1009,
  tryAgainLater: 1013,
} as const

/** Times are predicted from the message's clock in units of the field. */
export function clockUnits(clockMs: number | null, scale: number): number {
  return clockMs === null ? 0 : Math.floor((clockMs * scale) / 1000)
}

/** 0, −1, 1, −2, 2 … as 0, 1, 2, 3, 4 …; for whole numbers below 2^52. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

export function unzigzag(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2
}

/** Writes `value` (0 to 2^53) seven bits at a time, lowest first; returns the offset behind it. Takes at most 8 bytes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest >= 0x80000000) {
    bytes[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** Reads what the writer wrote. Past the end it yields rubbish and `at` tells so: check `isWhole` when done. */
export class ColumnReader {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0

  over(bytes: Uint8Array, at = 0): this {
    this.bytes = bytes
    this.at = at
    return this
  }

  varint(): number {
    const { bytes } = this
    const first = bytes[this.at++]!
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let unit = 128; unit < 2 ** 53; unit *= 128) {
      const byte = bytes[this.at++]!
      value += (byte & 0x7f) * unit
      if (!(byte >= 0x80)) break
    }
    return value
  }

  /** Whether all was there and nothing was left. */
  get isWhole(): boolean {
    return this.at === this.bytes.length
  }
}
