/**
 * Turns the hub's MessagePack messages into changes of a flight table. Knows nothing of sockets, so it serves files and
 * tests as well.
 *
 * Guarantee: the table is always a state that the hub was in. A snapshot replaces it when its last chunk is there, a delta
 * when it is the next one; anything else changes nothing and asks for a resync.
 */
import { type HelloDetails, MessageType, PROTOCOL_VERSION, WORLD_CHANNEL } from '../../actors/hub/protocol.ts'
import { createFlightTable, type FlightTable } from './flight-table.ts'
import { type MessagePackValue, readMessagePack } from './message-pack.ts'
import { RowDecoder } from './row-decoder.ts'

/** What a message has brought. */
export type Outcome = 'hello' | 'partial' | 'snapshot' | 'delta' | 'resync' | 'ignored'

interface Rows {
  clockMs: number | null
  count: number
  slots: Uint8Array
  columns: Uint8Array[]
}

export class FlightDecoder {
  readonly table: FlightTable = createFlightTable()
  hello: HelloDetails | null = null
  epoch = -1
  /** Of the state that the table is in; −1 before the first snapshot. */
  seq = -1
  clockMs = Number.NaN
  /** Of the last delta. */
  changed = new Uint32Array(0)
  changedCount = 0
  removed = new Uint32Array(256)
  removedCount = 0
  #rows: RowDecoder | null = null
  #chunks: Rows[] = []
  #chunkSeq = -1

  /** Takes one message. Throws a RangeError when it is damaged, after which a new connection is due. */
  take(bytes: Uint8Array): Outcome {
    const message = readMessagePack(bytes)
    if (!Array.isArray(message) || message.length < 6) throw new RangeError('a message is an array of at least six')
    const [type, epoch, channel, seq, clock] = message as [number, number, number, number, number | null]
    if (type === MessageType.hello) return this.#takeHello(epoch, message[5]!)
    if (channel !== WORLD_CHANNEL) return 'ignored'
    if (type === MessageType.snapshot) return this.#takeSnapshot(epoch, seq, clock, message)
    if (type === MessageType.delta) return this.#takeDelta(epoch, seq, clock, message)
    return 'ignored'
  }

  #takeHello(epoch: number, details: MessagePackValue): Outcome {
    const hello = details as unknown as HelloDetails
    if (hello.protocol !== PROTOCOL_VERSION) throw new RangeError(`the hub speaks protocol ${hello.protocol}`)
    this.hello = hello
    this.epoch = epoch
    this.seq = -1
    this.#rows = new RowDecoder(this.table, hello.fields)
    this.#chunks = []
    return 'hello'
  }

  #takeSnapshot(epoch: number, seq: number, clock: number | null, message: MessagePackValue[]): Outcome {
    if (this.#rows === null || epoch !== this.epoch) return 'resync'
    const [chunk, chunks] = message.slice(5) as [number, number]
    if (chunk === 0) {
      this.#chunks = []
      this.#chunkSeq = seq
    }
    if (seq !== this.#chunkSeq || chunk !== this.#chunks.length) return 'resync'
    this.#chunks.push(rowsOf(clock, message.slice(7)))
    if (chunk + 1 < chunks) return 'partial'
    this.#rows.clear()
    for (const { clockMs, count, slots, columns } of this.#chunks) this.#rows.apply(clockMs, count, slots, columns)
    this.#chunks = []
    this.seq = seq
    this.clockMs = clock ?? Number.NaN
    return 'snapshot'
  }

  #takeDelta(epoch: number, seq: number, clock: number | null, message: MessagePackValue[]): Outcome {
    if (this.#rows === null || epoch !== this.epoch || this.seq < 0 || seq > this.seq + 1) return 'resync'
    if (seq <= this.seq) return 'ignored'
    const [removedCount, removed] = message.slice(5) as [number, Uint8Array]
    const { count, slots, columns } = rowsOf(clock, message.slice(7))
    this.removed = this.#rows.readSlots(removed, removedCount, this.removed)
    this.removedCount = removedCount
    this.#rows.remove(this.removed, removedCount)
    this.#rows.apply(clock, count, slots, columns)
    this.changed = this.#rows.slots
    this.changedCount = count
    this.seq = seq
    this.clockMs = clock ?? Number.NaN
    return 'delta'
  }
}

function rowsOf(clockMs: number | null, message: MessagePackValue[]): Rows {
  const [count, slots, columns] = message as unknown as [number, Uint8Array, Uint8Array[]]
  return { clockMs, count, slots, columns }
}
