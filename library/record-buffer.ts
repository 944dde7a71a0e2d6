/**
 * The newest committed records of an engine, as plain objects, for whoever takes them out: oldest first.
 *
 * It reads what is committed as every sink does, and holds up nothing. What does not fit pushes out the oldest, and is counted.
 */
import { setImmediate as turn } from 'node:timers/promises'
import Denque from 'denque'
import { SkeinError } from '../engine/errors.ts'
import { CommittedReader, EMPTY } from '../engine/log/committed-reader.ts'
import type { Doorbell } from '../engine/memory/doorbell.ts'
import { Frame } from '../engine/records/index.ts'
import type { Engine } from '../engine/runtime/engine.ts'
import { isRecord, type PlainRecord, plainRecord } from '../schemas/plain-record.ts'

export interface BufferedRecord extends PlainRecord {
  /** Its offset in the log: rising. */
  sequence: number
  source: string
}

export const BUFFER_CAPACITY = 10_000
/** At most so long without a look, should a bell be missed. */
const MOST_SLEEP_MS = 1000

export class RecordBuffer {
  /** Records that were pushed out before somebody took them. */
  overflow = 0
  readonly #engine: Engine
  readonly #records = new Denque<BufferedRecord>()
  readonly #reader: CommittedReader
  readonly #bell: Doorbell
  readonly #over: Promise<void>
  #isStopped = false

  constructor(engine: Engine) {
    const { memory } = engine.supervisor
    this.#engine = engine
    this.#bell = memory.attachReader()
    this.#reader = new CommittedReader(engine.plan.directory, memory.committedRing, memory.committed, engine.begin)
    this.#over = this.#run()
  }

  get size(): number {
    return this.#records.length
  }

  /** Takes out at most so many, the oldest first. */
  take(max: number): BufferedRecord[] {
    const count = Math.min(max, this.#records.length)
    return Array.from({ length: count }, () => this.#records.shift()!)
  }

  /** After the drain: what was committed last is in it. */
  async stop(): Promise<void> {
    const { memory } = this.#engine.supervisor
    const hold = setInterval(() => {}, MOST_SLEEP_MS) // a sleep at a bell keeps no process alive, and the engine's threads are gone
    this.#isStopped = true
    memory.bells.ring(memory.reader(this.#engine.plan.readers.length))
    await this.#over
    clearInterval(hold)
    this.#readAll()
    this.#reader.close()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#readSome()) await turn()
      else await this.#reader.wait(this.#bell, MOST_SLEEP_MS)
    }
  }

  #readAll(): void {
    while (this.#readSome());
  }

  /** One batch, or copy of the ring. False when there is nothing new. */
  #readSome(): boolean {
    try {
      if (this.#reader.poll() === 0) return false
      const frame = new Frame(this.#reader.memory)
      for (let at = this.#reader.next(); at !== EMPTY; at = this.#reader.next()) {
        frame.at(at)
        if (isRecord(frame)) this.#push(frame)
      }
      return true
    } catch (error) {
      this.#engine.noteHealth('buffer', SkeinError.from(error).message)
      this.#reader.seek('end')
      return false
    }
  }

  #push(frame: Frame): void {
    const { sequence, sourceId } = frame
    const source = this.#engine.sources.get(sourceId)?.name ?? `source ${sourceId}`
    this.#records.push({ ...plainRecord(frame), sequence, source })
    if (this.#records.length <= BUFFER_CAPACITY) return
    this.#records.shift()
    this.overflow++
  }
}
