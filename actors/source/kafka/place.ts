/**
 * Where a kafka source is: what a progress frame carries, and what a restart goes on from.
 *
 * Messages of one partition that are taken one after the other are a *run*. Where a message is in it says which positions its
 * rows have, so whoever takes it again gives them the same:
 *
 *   position of row r of the message at offset o = run.position + (o − run.offset) × rowsPerMessage + r
 *
 * A crash may leave the log in the middle of a run, behind the last progress frame. Then the rest of it, up to `redoUpTo`, is to
 * be taken before any other partition, whose positions would be beyond those of the rest.
 */
import type { SourceState } from '../../../engine/records/index.ts'

interface Run {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly position: number
}

interface Cursor {
  /** The next offset to take, by topic and partition. */
  readonly offsets: Record<string, Record<string, number>>
  readonly run: Run | null
}

export class Place {
  readonly #rowsPerMessage: number
  readonly #offsets = new Map<string, Map<number, number>>()
  #run: Run | null = null
  /** Where the next run begins. */
  #position: number
  #redo: { topic: string; partition: number; upTo: number } | null = null

  /** `isExact`: nobody else takes these partitions, so what was begun can be gone on with. */
  constructor({ position, progressPosition, cursor }: SourceState, rowsPerMessage: number, isExact: boolean) {
    this.#rowsPerMessage = rowsPerMessage
    this.#position = Math.max(position + 1, progressPosition, 0)
    if (cursor.length === 0) return
    const { offsets, run } = JSON.parse(Buffer.from(cursor).toString('utf8')) as Cursor
    for (const [topic, partitions] of Object.entries(offsets))
      for (const [partition, offset] of Object.entries(partitions)) this.set(topic, Number(partition), offset)
    if (run === null || !isExact) return
    this.#run = run
    const next = this.next(run.topic, run.partition)!
    this.#position = this.#positionAt(run, next)
    const upTo = run.offset + Math.floor((position - run.position) / rowsPerMessage)
    if (upTo >= next) this.#redo = { topic: run.topic, partition: run.partition, upTo }
  }

  /** The next offset to take of a partition; undefined for one that is new. */
  next(topic: string, partition: number): number | undefined {
    return this.#offsets.get(topic)?.get(partition)
  }

  /** Before anything of the partition is taken. */
  set(topic: string, partition: number, offset: number): void {
    const known = this.#offsets.get(topic)
    if (known === undefined) this.#offsets.set(topic, new Map([[partition, offset]]))
    else known.set(partition, offset)
  }

  /** Forgets the partitions that are not `kept`. */
  keepOnly(isKept: (topic: string, partition: number) => boolean): void {
    for (const [topic, partitions] of this.#offsets)
      for (const partition of partitions.keys()) if (!isKept(topic, partition)) partitions.delete(partition)
  }

  get offsets(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    return this.#offsets
  }

  /** The one partition that may be read now; null when any may. */
  get redo(): { readonly topic: string; readonly partition: number; readonly upTo: number } | null {
    return this.#redo
  }

  /** The rest of a run that is not to be had any more is done without. */
  giveUpRedo(): void {
    const { topic, partition, upTo } = this.#redo!
    this.#reach(topic, partition, Math.max(upTo + 1, this.next(topic, partition)!))
    this.#redo = null
    this.#run = null
  }

  /** A partition's message at `offset` is the next one. True when a run begins with it: that is to be told before the message. */
  begin(topic: string, partition: number, offset: number): boolean {
    if (this.#run?.topic === topic && this.#run.partition === partition) return false
    this.#run = { topic, partition, offset, position: this.#position }
    return true
  }

  /** Of the first row of a message of the run. */
  positionOf(offset: number): number {
    return this.#positionAt(this.#run!, offset)
  }

  /** All before `next` is taken, of the run. */
  reach(next: number): void {
    const { topic, partition } = this.#run!
    this.#reach(topic, partition, next)
    if (this.#redo !== null && next > this.#redo.upTo) this.#redo = null
  }

  get position(): number {
    return this.#position
  }

  encode(): Uint8Array {
    const offsets = Object.fromEntries(
      Array.from(this.#offsets, ([topic, partitions]) => [topic, Object.fromEntries(partitions)]),
    )
    return Buffer.from(JSON.stringify({ offsets, run: this.#run } satisfies Cursor))
  }

  #reach(topic: string, partition: number, next: number): void {
    this.set(topic, partition, next)
    this.#position = this.#positionAt(this.#run!, next)
  }

  #positionAt(run: Run, offset: number): number {
    return run.position + (offset - run.offset) * this.#rowsPerMessage
  }
}
