/**
 * One stream of deltas with its snapshots, encoded once for however many clients.
 *
 * A sequence number names a state: snapshot n and delta n end in the same one, and delta n + 1 follows both. A snapshot is
 * shared by all who ask for one while the deltas that follow it are still held, so a thousand clients that come at once cost
 * a few snapshots.
 * Memory: the histories, and as many snapshots as there are quarters of a history in use.
 */

import { DeltaEncoder } from '../delta-encoder.ts'
import type { LiveTable } from '../live-table.ts'
import { FORMATS, type Format, type MessageHeader } from '../protocol.ts'
import { encodeSnapshot } from '../snapshot-encoder.ts'
import { DeltaHistory, type HistoryLimits } from './delta-history.ts'

export interface Snapshot {
  seq: number
  chunks: Uint8Array[]
}

export interface ChannelOptions {
  epoch: number
  channel: number
  heartbeatMs: number
  history: HistoryLimits
}

export class Channel {
  readonly streams: Readonly<Record<Format, Stream>>
  readonly #table: LiveTable
  readonly #encoder: DeltaEncoder
  readonly #heartbeatMs: number
  #header: MessageHeader
  #advancedAtMs = Number.NEGATIVE_INFINITY

  constructor(table: LiveTable, { epoch, channel, heartbeatMs, history }: ChannelOptions) {
    this.#table = table
    this.#encoder = new DeltaEncoder(table)
    this.#heartbeatMs = heartbeatMs
    this.#header = { epoch, channel, seq: 0, clock_ms: null }
    const stream = (format: Format) => new Stream(`${channel}/${format}`, format, new DeltaHistory(history), this)
    this.streams = { msgpack: stream('msgpack'), json: stream('json') }
  }

  /** The state that clients are in which have read everything. */
  get header(): Readonly<MessageHeader> {
    return this.#header
  }

  get rowCount(): number {
    return this.#encoder.rowCount
  }

  /** Encodes the next delta, if there is news or a heartbeat is due: whether there is one. */
  advance(nowMs: number): boolean {
    const isNews = this.#table.isDirty || this.#table.clockMs !== this.#header.clock_ms
    if (!isNews && nowMs - this.#advancedAtMs < this.#heartbeatMs) return false
    this.#advancedAtMs = nowMs
    const header = { ...this.#header, seq: this.#header.seq + 1, clock_ms: this.#table.clockMs }
    this.#header = header
    const { msgpack, json } = this.streams
    msgpack.history.push(header.seq, this.#encoder.encode(header))
    if (json.isWanted) json.history.push(header.seq, this.#encoder.encodeJson(header))
    return true
  }

  encodeSnapshot(format: Format): Snapshot {
    return { seq: this.#header.seq, chunks: encodeSnapshot(this.#table, this.#header, format) }
  }

  /** Frees what only clients need. */
  forget(): void {
    for (const format of FORMATS) this.streams[format].forget()
  }
}

/** A channel in one format. */
export class Stream {
  readonly topic: string
  readonly format: Format
  readonly history: DeltaHistory
  /** How many clients read it. */
  clients = 0
  readonly #channel: Channel
  #snapshot: Snapshot | null = null

  constructor(topic: string, format: Format, history: DeltaHistory, channel: Channel) {
    this.topic = topic
    this.format = format
    this.history = history
    this.#channel = channel
  }

  get isBinary(): boolean {
    return this.format === 'msgpack'
  }

  get isWanted(): boolean {
    return this.clients > 0
  }

  get seq(): number {
    return this.#channel.header.seq
  }

  /** The delta that was encoded last. */
  get newest(): Uint8Array | undefined {
    return this.history.after(this.seq - 1)
  }

  /** Whether a client in the state `seq` can be brought up to date with deltas. */
  reaches(seq: number): boolean {
    return seq === this.seq || this.history.after(seq) !== undefined
  }

  /** A snapshot to start from, with most of the history after it still to be had. */
  snapshot(): Snapshot {
    const present = this.#snapshot
    const oldest = this.seq - (this.history.length >> 2)
    if (present !== null && present.seq >= oldest && this.reaches(present.seq)) return present
    this.#snapshot = this.#channel.encodeSnapshot(this.format)
    return this.#snapshot
  }

  forget(): void {
    this.history.clear()
    this.#snapshot = null
  }
}
