/**
 * The supervisor: the main thread. Allocates all memory, starts the actors, watches them, starts them again, drains.
 * It never touches a record.
 *
 * Guarantee: whatever actor fails, and whenever, the log goes on as if nothing had (`recovery.ts`). What cannot be
 * restarted ends the engine with a reason.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { SkeinError } from '../errors.ts'
import { makeCommittedState } from '../log/committed.ts'
import { readBarrierNumber } from '../log/last-barrier.ts'
import type { CutTail } from '../log/recovery.ts'
import { type Barrier, encodeBarrier } from '../records/barrier.ts'
import type { FromActor, ToActor, WiredSource } from './actor.ts'
import { ActorThread, type ThreadEvents } from './actor-thread.ts'
import { Failpoints } from './failpoints.ts'
import { JOURNAL, MemoryMap, SHARD } from './memory-map.ts'
import { type ActorPlan, consistentLimits, type Plan, type SourcePlan, sourceThreadsOf } from './plan.ts'
import { Questions } from './questions.ts'
import { openLog, rewindGroup } from './recovery.ts'
import { type SourceSlot, SourceSlots } from './source-slots.ts'
import { escalation, type Failure, type Suspects, Unit } from './unit.ts'
import { Watchdog } from './watchdog.ts'
import type { Wiring } from './wiring.ts'

/** How often a source that leaves is looked at: whether all of it is on disk. */
const RELEASE_LOOK_MS = 10

export interface SupervisorEvents {
  /** An actor failed and will be started again. */
  onRestart(unit: string, failure: Failure, delayMs: number): void
  /** A component is degraded, or well again (null). */
  onHealth(component: string, problem: string | null): void
  onListening(component: string, url: string): void
  /** The engine cannot go on: it drains what it can. */
  onFatal(error: SkeinError): void
  /** The log ended in a batch that was not whole: it was cut off, and what was in it comes again from its sources. */
  onTailCut(cut: CutTail): void
  /** Every source has read all it will ever read. */
  onFinished(): void
  /** A thread is stuck in the kernel: only the end of the process helps. */
  onStuck(actor: string, silentMs: number): never
}

export interface SupervisorOptions {
  plan: Plan
  /** Source ids by name, persisted. */
  sourceIds: ReadonlyMap<string, number>
  runId: number
  events: SupervisorEvents
  failpoints?: Failpoints
}

export class Supervisor {
  readonly memory: MemoryMap
  readonly sources: SourceSlots
  readonly failpoints: Failpoints
  readonly #plan: Plan
  readonly #options: SupervisorOptions
  readonly #events: SupervisorEvents
  readonly #questions = new Questions()
  readonly #processing: Unit
  readonly #sourceThreads: Unit[]
  readonly #readers: Unit[]
  readonly #watchdog: Watchdog
  readonly #unfinished: Set<string>
  /** Sources that have failed too often, and how. */
  readonly #parked = new Map<string, SkeinError>()
  /** Sources that are to stop, by number: whom to tell when they have. */
  readonly #leaving = new Map<number, () => void>()
  /** The last barrier when this process started: ring positions in it are another process's. */
  readonly #inherited: Barrier
  #looking: NodeJS.Timeout | null = null

  constructor(options: SupervisorOptions) {
    const plan = { ...options.plan, limits: consistentLimits(options.plan.limits) }
    this.#plan = plan
    this.#options = options
    this.#events = options.events
    this.failpoints = options.failpoints ?? new Failpoints(null)
    this.memory = new MemoryMap(plan)
    this.sources = new SourceSlots(this.memory, plan.sourceThread)
    for (const source of plan.sources) this.sources.add(source, options.sourceIds.get(source.name)!)
    const log = openLog(plan.directory)
    if (log.cut !== null) this.#events.onTailCut(log.cut)
    this.#inherited = log.barrier
    this.memory.committed.restart(log.end, this.memory.committedRing.tail)
    this.#watchdog = new Watchdog(plan.limits)
    this.#unfinished = new Set(plan.sources.map((source) => source.name))
    this.#processing = this.#unit('processing', (suspects) => this.#spawnGroup(suspects), {
      finishesAfterFailure: true,
    })
    this.#sourceThreads = Array.from({ length: sourceThreadsOf(plan) }, (_, thread) =>
      this.#unit(`sources-${thread}`, (suspects) => [this.#spawnSources(thread, suspects)], {
        neverTerminate: thread === this.sources.listener,
      }),
    )
    this.#readers = plan.readers.map((reader, index) =>
      this.#unit(reader.name, (suspects) => [this.#spawnReader(index, suspects)], {
        neverTerminate: reader.neverTerminate,
        isParked: true,
      }),
    )
  }

  /** Those that have failed too often, or must not go on as they are. */
  get parkedSources(): ReadonlySet<string> {
    return new Set(this.#parked.keys())
  }

  /** Resolves when every actor runs. */
  async start(): Promise<void> {
    const { lookEveryMs } = this.#plan.limits
    this.#looking = setInterval(() => this.#look(), lookEveryMs)
    await Promise.all(this.#units.map((unit) => unit.start()))
  }

  /** A source comes, or one that is here has other options now, and goes on with them from the last commit. */
  addSource(plan: SourcePlan, id: number): void {
    let slot = this.sources.named(plan.name)
    if (slot === undefined) {
      slot = this.sources.add(plan, id)
      // Whoever is started later finds it in its wiring.
      this.#tell(this.#processing, { type: 'add-source', source: wired(slot) })
    }
    slot.plan = plan
    this.#unfinished.add(plan.name)
    this.#parked.delete(plan.name)
    this.#events.onHealth(plan.name, null)
    this.#tell(this.#sourceThreads[slot.thread]!, { type: 'add-source', source: wired(slot) })
  }

  /** Asks a source something: resolves with its answer. Throws `SKEIN_SOURCE_UNKNOWN`, `SKEIN_SOURCE_STOPPED`, and what it throws. */
  async ask(name: string, question: unknown, signal?: AbortSignal): Promise<unknown> {
    const slot = this.sources.named(name)
    if (slot === undefined) throw new SkeinError('SKEIN_SOURCE_UNKNOWN', { source: name })
    const [thread] = this.#sourceThreads[slot.thread]!.threads
    if (thread === undefined || thread.isOver) throw new SkeinError('SKEIN_SOURCE_STOPPED', { source: name })
    return this.#questions.ask(thread, slot.id, question, signal)
  }

  /** A source goes: it stops, and is forgotten when all that it published is on disk. Resolves then. */
  async removeSource(name: string): Promise<void> {
    const slot = this.sources.named(name)
    if (slot === undefined) return
    slot.isLeaving = true
    const [thread] = this.#sourceThreads[slot.thread]!.threads
    if (thread !== undefined && !thread.isOver) {
      const left = Promise.withResolvers<void>()
      this.#leaving.set(slot.id, left.resolve)
      thread.tell({ type: 'remove-source', id: slot.id })
      await Promise.race([left.promise, thread.exited]) // a thread that comes after it has not got the source any more
      this.#leaving.delete(slot.id)
    }
    while (slot.ring.released !== slot.ring.tail) await delay(RELEASE_LOOK_MS)
    this.sources.remove(slot)
    this.#tell(this.#processing, { type: 'remove-source', id: slot.id })
    this.#unfinished.delete(name)
    this.#parked.delete(name)
    this.#events.onHealth(name, null)
  }

  /**
   * Sources stop, rings empty, a last barrier commits, readers finish. Returns the names of those that were still busy
   * when `drainTimeoutMs` was over, or when `signal` cut the drain short; empty when all went well.
   */
  async drain(signal?: AbortSignal): Promise<string[]> {
    const cut = Promise.withResolvers<'cut'>()
    const timeout = setTimeout(() => cut.resolve('cut'), this.#plan.limits.drainTimeoutMs)
    signal?.addEventListener('abort', () => cut.resolve('cut'), { once: true })
    const outcome = await Promise.race([this.#drainInOrder(), cut.promise])
    clearTimeout(timeout)
    const busy = outcome === 'cut' ? this.#busy() : []
    await this.#end()
    return busy
  }

  /** Names of the actors whose threads still run. */
  #busy(): string[] {
    return this.#units.flatMap((unit) => unit.threads.filter((thread) => !thread.isOver).map((thread) => thread.name))
  }

  async #drainInOrder(): Promise<void> {
    await Promise.all(this.#sourceThreads.map((unit) => unit.drain()))
    await this.#processing.drain()
    await Promise.all(this.#readers.map((unit) => unit.drain()))
  }

  async #end(): Promise<void> {
    if (this.#looking !== null) clearInterval(this.#looking)
    for (const unit of this.#units) unit.terminate()
    const threads = this.#units.flatMap((unit) => unit.threads)
    const patience = new Promise((resolve) => setTimeout(resolve, 2000).unref())
    await Promise.race([Promise.all(threads.map((thread) => thread.exited)), patience])
  }

  get #units(): Unit[] {
    return [this.#processing, ...this.#readers, ...this.#sourceThreads]
  }

  #unit(
    name: string,
    spawn: (suspects: Suspects) => ActorThread[],
    { neverTerminate = false, finishesAfterFailure = false, isParked = false } = {},
  ): Unit {
    return new Unit({
      name,
      spawn,
      limits: this.#plan.limits,
      neverTerminate,
      finishesAfterFailure,
      onRestart: (failure, delayMs) => this.#events.onRestart(name, failure, delayMs),
      onGivenUp: (failure) => this.#onGivenUp(name, failure, isParked),
    })
  }

  #onGivenUp(name: string, failure: Failure, isParked: boolean): void {
    const error = escalation(failure)
    if (isParked) this.#events.onHealth(name, error.message)
    else this.#events.onFatal(error)
  }

  /** The processing group, from the last barrier on disk. Runs only when no thread of the group is left. */
  #spawnGroup(suspects: Suspects): ActorThread[] {
    const plan = this.#plan
    const memory = this.memory
    const { barrier } = openLog(plan.directory)
    const sources = this.sources.all
    rewindGroup(memory, sources, barrier, this.#inherited)
    const epoch = memory.committed.epoch + 1
    memory.committed.epoch = epoch // no commit of an older group is accepted from here on
    const common = { barrier: encodeBarrier(barrier), epoch, ...suspects, lanes: plan.dedupe.lanes }
    const shard = this.#wiring(plan.shard, SHARD, {
      ...common,
      inputs: sources.map(({ id, ring, plan: { name, isLive } }) => ({
        ring: ring.memory,
        reader: 0,
        source: { id, name, isLive },
      })),
      outputs: memory.laneRings.map((ring) => ring.memory),
    })
    const lanes = Array.from({ length: plan.dedupe.lanes }, (_, lane) =>
      this.#wiring({ ...plan.dedupe, name: `${plan.dedupe.name}-${lane}` }, memory.lane(lane), {
        ...common,
        lane,
        inputs: [{ ring: memory.laneRings[lane]!.memory, reader: 0 }],
        outputs: [memory.verdictRings[lane]!.memory],
        sources: sources.map(wired),
        upstream: [SHARD],
      }),
    )
    const journal = this.#wiring(plan.journal, JOURNAL, {
      ...common,
      inputs: memory.verdictRings.map((ring) => ({ ring: ring.memory, reader: 0 })),
      outputs: [memory.committedRing.memory],
      sources: sources.map(wired),
      upstream: lanes.map((_, lane) => memory.lane(lane)),
    })
    return [shard, ...lanes, journal].map((wiring) => this.#spawn(wiring, this.#processing))
  }

  #spawnSources(thread: number, suspects: Suspects): ActorThread {
    const options = { restarts: this.#plan.limits }
    const plan = { name: `sources-${thread}`, module: this.#plan.sourceThread.module, options }
    const slots = this.sources.onThread(thread)
    for (const { plan } of slots) this.#parked.delete(plan.name)
    const wiring = this.#wiring(plan, this.memory.sourceThread(thread), {
      ...suspects,
      sources: slots.map(wired),
    })
    return this.#spawn(wiring, this.#sourceThreads[thread]!)
  }

  #spawnReader(index: number, suspects: Suspects): ActorThread {
    const wiring = this.#wiring(this.#plan.readers[index]!, this.memory.reader(index), {
      ...suspects,
      barrier: this.#committedBarrier(),
      upstream: [JOURNAL],
    })
    return this.#spawn(wiring, this.#readers[index]!)
  }

  #wiring(actor: ActorPlan, index: number, own: Partial<Wiring>): Wiring {
    return {
      name: actor.name,
      index,
      module: actor.module,
      options: actor.options,
      directory: this.#plan.directory,
      bells: this.memory.bells.memory,
      board: this.memory.board.memory,
      counters: this.memory.counters[index]!,
      failpoints: this.failpoints.memory,
      committed: this.memory.committed.memory,
      committedRing: this.memory.committedRing.memory,
      inputs: [],
      outputs: [],
      sources: [],
      upstream: [],
      barrier: null,
      epoch: 0,
      runId: this.#options.runId,
      lane: 0,
      lanes: 1,
      careful: null,
      poison: [],
      logLevel: this.#plan.logLevel,
      maxSleepMs: this.#plan.limits.maxSleepMs,
      nurseryMb: actor.nurseryMb ?? null,
      ...own,
    }
  }

  #spawn(wiring: Wiring, unit: Unit): ActorThread {
    const status = this.memory.board.at(wiring.index)
    const events: ThreadEvents = {
      message: (thread, message) => this.#onMessage(unit, thread, message),
      exit: (thread, code, error) => {
        this.#watchdog.unwatch(thread.name)
        this.#questions.threadIsOver(thread)
        unit.onExit(thread, code, error)
      },
    }
    const thread = new ActorThread(wiring, status, this.memory.bells, events)
    this.#watchdog.watch(wiring.name, status, performance.now())
    return thread
  }

  #onMessage(unit: Unit, thread: ActorThread, message: FromActor): void {
    // A new actor is well until it says otherwise: what its predecessor complained of ended with it.
    if (message.type === 'running') this.#events.onHealth(thread.name, null)
    if (message.type === 'health') this.#events.onHealth(message.component, message.problem)
    if (message.type === 'listening') this.#events.onListening(message.component, message.url)
    if (message.type === 'left') this.#leaving.get(message.id)?.()
    if (message.type === 'reply') this.#questions.replied(message.number, message.reply)
    if (message.type === 'finished') {
      this.#unfinished.delete(message.source)
      this.#seeWhatIsLeft()
    }
    if (message.type === 'restarting') {
      const { source, error, note, delayMs } = message
      this.#events.onRestart(source, { member: source, reason: error.message, error, note }, delayMs)
    }
    if (message.type === 'fatal') this.#events.onFatal(SkeinError.fromPlain(message.error))
    if (message.type === 'parked') this.#park(message.source, SkeinError.fromPlain(message.error))
    unit.onMessage(thread, message)
  }

  #park(source: string, error: SkeinError): void {
    const fatal = escalation({ member: source, reason: error.message, error, note: null })
    this.#parked.set(source, fatal)
    this.#events.onHealth(source, fatal.message)
    this.#seeWhatIsLeft()
  }

  /** An engine is finished when its sources are, and has nothing left to do when those that are not are parked. */
  #seeWhatIsLeft(): void {
    const [last] = this.#unfinished
    if (last === undefined) this.#events.onFinished()
    else if (this.#unfinished.values().every((name) => this.#parked.has(name)))
      this.#events.onFatal(this.#parked.get(last)!)
  }

  #tell(unit: Unit, message: ToActor): void {
    for (const thread of unit.threads) if (!thread.isOver) thread.tell(message)
  }

  #look(): void {
    for (const { name, finding, silentMs } of this.#watchdog.look(performance.now())) {
      if (finding === 'commit-stuck') this.#events.onStuck(name, silentMs)
      const unit = this.#units.find((unit) => unit.threads.some((thread) => thread.name === name))
      const thread = unit?.threads.find((thread) => thread.name === name)
      if (unit === undefined || thread === undefined) continue
      const reason = `no heartbeat for ${Math.round(silentMs)} ms`
      unit.fail({ member: name, reason, error: undefined, note: thread.status.noted })
    }
  }

  /** For actors outside the processing group, which start while it runs. */
  #committedBarrier(): Uint8Array {
    const { barrier } = this.memory.committed.read(makeCommittedState())
    return encodeBarrier(readBarrierNumber(this.#plan.directory, barrier))
  }
}

function wired({ id, ring, plan: { name, isLive, module, options } }: SourceSlot): WiredSource {
  return { id, name, isLive, module, options, ring: ring.memory }
}
