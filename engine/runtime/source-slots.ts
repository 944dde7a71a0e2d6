/**
 * The sources of a run, each with its number, its ring and the thread that runs it. They come and go while it runs.
 *
 * A source that comes back gets a ring that begins where its last one ended: ring positions in barriers on disk go on meaning
 * what they meant.
 */
import { SkeinError } from '../errors.ts'
import type { Ring } from '../memory/ring.ts'
import type { MemoryMap } from './memory-map.ts'
import type { Plan, SourcePlan } from './plan.ts'

export interface SourceSlot {
  readonly id: number
  readonly ring: Ring
  readonly thread: number
  plan: SourcePlan
  /** It is to read no more, and goes when all that it published is on disk. */
  isLeaving: boolean
}

export class SourceSlots {
  readonly #memory: MemoryMap
  /** The thread for sources that listen; null where there is none. */
  readonly listener: number | null
  readonly #threads: number
  readonly #byName = new Map<string, SourceSlot>()
  /** Of sources that have left, by number: where their rings ended. */
  readonly #endedAt = new Map<number, number>()

  constructor(memory: MemoryMap, { count, hasListener }: Pick<Plan['sourceThread'], 'count' | 'hasListener'>) {
    this.#memory = memory
    this.#threads = count
    this.listener = hasListener ? count : null
  }

  get all(): SourceSlot[] {
    return [...this.#byName.values()]
  }

  named(name: string): SourceSlot | undefined {
    return this.#byName.get(name)
  }

  /** Those that a thread runs, or is to run. */
  onThread(thread: number): SourceSlot[] {
    return this.all.filter((slot) => slot.thread === thread && !slot.isLeaving)
  }

  /** A place on the thread of its company, or else on the one that has the fewest. Throws `SKEIN_SOURCE_LISTENS`. */
  add(plan: SourcePlan, id: number): SourceSlot {
    if (plan.listens && this.listener === null) throw new SkeinError('SKEIN_SOURCE_LISTENS', { source: plan.name })
    const thread = plan.listens ? this.listener! : (this.#threadOf(plan.company) ?? this.#idlestThread)
    const ring = this.#memory.makeSourceRing(thread, plan.ringBytes, this.#endedAt.get(id))
    const slot = { id, ring, thread, plan, isLeaving: false }
    this.#byName.set(plan.name, slot)
    return slot
  }

  #threadOf(company: string | null): number | undefined {
    if (company === null) return undefined
    return this.all.find(({ plan, isLeaving }) => plan.company === company && !isLeaving)?.thread
  }

  get #idlestThread(): number {
    const loads = Array.from({ length: this.#threads }, (_, thread) => this.onThread(thread).length)
    return loads.indexOf(Math.min(...loads))
  }

  /** Only when its ring is released to its tail. */
  remove(slot: SourceSlot): void {
    this.#endedAt.set(slot.id, slot.ring.tail)
    this.#byName.delete(slot.plan.name)
  }
}
