/**
 * One client and how far it has got.
 *
 * ```
 *                    ┌────────────────── last chunk sent ────────────────────┐
 *   ──join──► snapshot ──too old──► snapshot                                 ▼
 *                ▲                                                      catching up ──has all──► live
 *                ├──────────── history no longer reaches it ◄────────────────┘  ▲                 │
 *                └──resync, or a message was dropped                            └──reads slowly───┘
 * ```
 *
 * A live client gets deltas by its topic. One that does not read them is taken off the topic and then fed from the history at
 * its own pace, one message whenever its buffer has run low; so it holds at most the limit and one message.
 */
import type { Counter } from '../../../engine/memory/counters.ts'
import type { Snapshot, Stream } from './channel.ts'

/** As much of a µWebSockets.js socket as is used here. */
export interface Socket {
  getBufferedAmount(): number
  send(message: Uint8Array, isBinary: boolean): number
  subscribe(topic: string): boolean
  unsubscribe(topic: string): boolean
  cork(callback: () => void): unknown
}

/** One that is not live gets its next message when it has less than this to read. */
const RESUME_BELOW_BYTES = 16 * 1024
const NOTHING = -1

export class Subscriber {
  readonly socket: Socket
  readonly stream: Stream
  isLive = false
  /** Since when it has not been live. */
  behindSinceMs: number
  /** The state it is in when it has read all that was sent to it. */
  #seq = NOTHING
  #snapshot: Snapshot | null = null
  #chunk = 0
  #hasLost = false
  readonly #snapshots: Counter

  constructor(socket: Socket, stream: Stream, nowMs: number, snapshots: Counter) {
    this.socket = socket
    this.stream = stream
    this.behindSinceMs = nowMs
    this.#snapshots = snapshots
  }

  /** Sends what it lacks, as far as it reads; makes it live when that is all. */
  pump(): void {
    if (!this.isLive) this.socket.cork(() => this.#pump())
  }

  /** A message was dropped. It is taken off the topic later: a topic may not change while it is being published to. */
  noteLoss(): void {
    this.#hasLost = true
  }

  /** To be called before each publication: takes it off the topic if it has more than `limitBytes` to read; whether it was. */
  yieldIfSlow(limitBytes: number, nowMs: number): boolean {
    if (!this.isLive) return false
    if (!this.#hasLost && this.socket.getBufferedAmount() <= limitBytes) return false
    this.#leave(nowMs)
    this.#seq = this.#hasLost ? NOTHING : this.stream.seq
    this.#hasLost = false
    return true
  }

  /** A new snapshot, whatever it has. */
  restart(nowMs: number): void {
    if (this.isLive) this.#leave(nowMs)
    this.#seq = NOTHING
    this.#snapshot = null
    this.pump()
  }

  #leave(nowMs: number): void {
    this.isLive = false
    this.behindSinceMs = nowMs
    this.socket.unsubscribe(this.stream.topic)
  }

  #pump(): void {
    const { socket, stream } = this
    while (socket.getBufferedAmount() < RESUME_BELOW_BYTES) {
      if (this.#snapshot === null && this.#seq === stream.seq) {
        socket.subscribe(stream.topic)
        this.isLive = true
        return
      }
      socket.send(this.#next(), stream.isBinary)
    }
  }

  #next(): Uint8Array {
    const { stream } = this
    if (this.#snapshot === null) {
      const delta = stream.history.after(this.#seq)
      if (delta !== undefined && this.#seq !== NOTHING) {
        this.#seq++
        return delta
      }
    }
    return this.#nextChunk()
  }

  #nextChunk(): Uint8Array {
    if (this.#snapshot === null || !this.stream.reaches(this.#snapshot.seq)) {
      this.#snapshot = this.stream.snapshot()
      this.#chunk = 0
      this.#snapshots.add(1)
    }
    const { chunks, seq } = this.#snapshot
    const chunk = chunks[this.#chunk++]!
    if (this.#chunk === chunks.length) {
      this.#snapshot = null
      this.#seq = seq
    }
    return chunk
  }
}
