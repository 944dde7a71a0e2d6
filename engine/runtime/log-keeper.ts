/**
 * Keeps the log within its limits while the engine runs: deletes what is old and not needed, and holds the journal when what
 * is needed has reached the disk budget, until it is needed no more.
 */
import { SkeinError } from '../errors.ts'
import { enforceRetention } from '../log/retention.ts'
import { neededBySnapshots } from '../log/snapshot-files.ts'
import type { Log } from '../ops/log.ts'
import { JOURNAL, type MemoryMap } from './memory-map.ts'
import type { Plan } from './plan.ts'

export class LogKeeper {
  readonly #plan: Plan
  readonly #memory: MemoryMap
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  /** Of the log's files, when they were looked at last. */
  bytes = 0

  constructor(plan: Plan, memory: MemoryMap, log: Log) {
    this.#plan = plan
    this.#memory = memory
    this.#log = log
  }

  start(): void {
    this.look(Date.now())
    this.#timer = setInterval(() => this.look(Date.now()), this.#plan.retention.everyMs)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  look(nowMs: number): void {
    const { directory, retention } = this.#plan
    try {
      const result = enforceRetention(directory, retention, this.#keepFrom(), nowMs)
      this.bytes = result.bytes
      if (result.deletedSegments > 0) this.#log.info('old log files were deleted', { ...result })
      this.#memory.board.at(JOURNAL).isHeld = result.state === 'over-budget'
    } catch (error) {
      this.#log.warn('old log files could not be deleted', { error: SkeinError.from(error) })
    }
  }

  /** A start needs the log behind the older of the two snapshots; durable readers say themselves where they are. */
  #keepFrom(): number {
    const snapshots = neededBySnapshots(this.#plan.directory)
    const readers = this.#plan.readers
      .keys()
      .map((index) => this.#memory.board.at(this.#memory.reader(index)).needsFrom)
    return Math.min(snapshots, ...readers)
  }
}
