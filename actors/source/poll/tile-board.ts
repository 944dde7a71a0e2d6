/**
 * The schedule that the sources of a thread share: who asks gets the part of the region that is most overdue, whoever was asked last.
 *
 * There is one board a thread for each plan of a region, kept as long as a source uses it. Its state is in the state directory,
 * written now and then and at the end, so that a restart goes on where the last run was.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../../../engine/log/disk.ts'
import type { WorkerLog } from '../../../engine/ops/worker-log.ts'
import { TileActivity } from '../../shard/tile-activity.ts'
import {
  boxesOver,
  type Cover,
  circlesOver,
  encodeSchedule,
  NAUTICAL_MILE_M,
  type Query,
  type Region,
  restoreSchedule,
  Schedule,
  tilesOf,
} from '../schedule/index.ts'
import type { Redis } from '../sharing/redis.ts'
import { SharedSchedule } from '../sharing/shared-schedule.ts'

/** What one provider can be asked for. */
export type CoverPlan =
  | { readonly shape: 'circle'; readonly maxRadiusNm: number }
  | { readonly shape: 'box'; readonly maxAreaDeg2: number | null }

export interface BoardPlan {
  readonly region: Region
  readonly covers: readonly CoverPlan[]
  readonly stateDirectory: string
  /** Of `TileActivity`, which the shard writes. */
  readonly activity: SharedArrayBuffer
}

const SAVE_EVERY_MS = 15_000

const boards = new Map<string, TileBoard>()

export class TileBoard {
  /** By cover. */
  readonly covers: readonly Cover[]
  readonly #schedule: Schedule
  /** Null where this node is the only one. */
  readonly #shared: SharedSchedule | null
  readonly #key: string
  readonly #plan: BoardPlan
  readonly #log: WorkerLog
  readonly #timer: NodeJS.Timeout
  #users = 0

  /** The board of such a plan: the one that is there, or a new one. `leave` when done. */
  static join(plan: BoardPlan, redis: Redis | null, log: WorkerLog): TileBoard {
    const key = JSON.stringify({ ...plan, activity: null })
    const board = boards.get(key) ?? new TileBoard(key, plan, redis, log)
    boards.set(key, board)
    board.#users++
    return board
  }

  private constructor(key: string, plan: BoardPlan, redis: Redis | null, log: WorkerLog) {
    const activity = new TileActivity(plan.activity)
    const tiling = tilesOf(plan.region, activity.resolution)
    this.#key = key
    this.#plan = plan
    this.#log = log
    // Providers that can be asked the same share one: it is large.
    const made = new Map<string, Cover>()
    this.covers = plan.covers.map((cover) => {
      const name = JSON.stringify(cover)
      const known = made.get(name) ?? coverOf(tiling, cover)
      made.set(name, known)
      return known
    })
    this.#schedule = new Schedule({ tiling, covers: this.covers, activity, nowMs: steadyMs() })
    const state = savedState(this.#file)
    if (state !== null) restoreSchedule(this.#schedule, state, steadyMs())
    this.#shared = redis === null ? null : new SharedSchedule(redis, this.#schedule, this.covers, steadyMs)
    this.#timer = setInterval(() => this.#save(), SAVE_EVERY_MS).unref()
  }

  /** Rejects with `RedisGone`, as do the others, where the schedule is shared. */
  async next(cover: number): Promise<Query | null> {
    return this.#shared === null ? this.#schedule.next(steadyMs(), cover) : await this.#shared.next(cover)
  }

  async answered(query: Query): Promise<void> {
    if (this.#shared === null) this.#schedule.answered(query)
    else await this.#shared.answered(query)
  }

  async failed(query: Query): Promise<void> {
    if (this.#shared === null) this.#schedule.failed(query, steadyMs())
    else await this.#shared.failed(query)
  }

  /** It was not asked. */
  async returned(query: Query): Promise<void> {
    if (this.#shared === null) this.#schedule.giveBack(query)
    else await this.#shared.returned(query)
  }

  async leave(): Promise<void> {
    if (--this.#users > 0) return
    boards.delete(this.#key)
    clearInterval(this.#timer)
    this.#save()
    await this.#shared?.close()
  }

  get #file(): string {
    return join(this.#plan.stateDirectory, 'tiles.bin')
  }

  #save(): void {
    try {
      mkdirSync(this.#plan.stateDirectory, { recursive: true })
      replaceFile(this.#file, encodeSchedule(this.#schedule, steadyMs()))
    } catch (error) {
      // Without it the next start begins with all tiles equally overdue.
      this.#log.warn('the schedule could not be kept', { file: this.#file, reason: (error as Error).message })
    }
  }
}

function coverOf(tiling: ReturnType<typeof tilesOf>, plan: CoverPlan): Cover {
  return plan.shape === 'circle'
    ? circlesOver(tiling, plan.maxRadiusNm * NAUTICAL_MILE_M)
    : boxesOver(tiling, plan.maxAreaDeg2 ?? undefined)
}

function savedState(file: string): Uint8Array | null {
  try {
    return readFileSync(file)
  } catch {
    return null // the first start, or a directory that is not ours to read: everything is equally overdue
  }
}

/** The wall clock as it was when the thread began, and since then a clock that never goes back. */
const steadyMs = (): number => performance.timeOrigin + performance.now()
