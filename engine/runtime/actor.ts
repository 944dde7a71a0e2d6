/**
 * The contract between the engine and an actor.
 *
 * An actor is a module whose default export is made by `defineBlockingActor` or `defineEventedActor`. The supervisor names
 * the module's URL, its options and its rings in a `Wiring`; the worker (`worker.ts`) imports it, calls `setup` and runs it.
 *
 *   starting ──setup──► running ──drain──► draining ──finished──► stopped
 *
 * A blocking actor owns its thread: it works in synchronous rounds and sleeps in `Atomics.wait`. It may never await.
 * An evented actor lives on an event loop: files, sockets, timers.
 */
import type { PlainError } from '../errors.ts'
import type { Committed } from '../log/committed.ts'
import type { Doorbell, Doorbells } from '../memory/doorbell.ts'
import type { Ring } from '../memory/ring.ts'
import type { WorkerLog } from '../ops/worker-log.ts'
import type { Barrier } from '../records/barrier.ts'
import type { Failpoints } from './failpoints.ts'
import type { Reply } from './questions.ts'
import type { ActorStatus, FrameNote } from './status-board.ts'

/** An end of a ring that an actor reads. */
export interface Input {
  ring: Ring
  /** The reader's index in the ring. */
  reader: number
  /** For rings that come from a source. */
  source?: SourceWiring
}

/** A source as the rest of the pipeline knows it. */
export interface SourceWiring {
  id: number
  name: string
  /** Whether it tells of what is so now, and not of what was recorded. */
  isLive: boolean
}

/** A source as the thread that runs it knows it. */
export interface SourceAssignment extends SourceWiring {
  /** URL of the source's module. */
  module: string
  options: unknown
  ring: Ring
}

/** The same as it crosses to another thread. */
export type WiredSource = Omit<SourceAssignment, 'ring'> & { ring: SharedArrayBuffer }

export interface ActorContext<Options> {
  name: string
  options: Options
  /** Where the durable log lies. */
  directory: string
  inputs: Input[]
  outputs: Ring[]
  /** For the thread that runs sources: its own. For lanes and journal: all. */
  sources: SourceAssignment[]
  /** The ring of committed frames, and where log and ring stand together. */
  committedRing: Ring
  committed: Committed
  /** The last barrier on disk when this actor was started: what it goes on from. */
  barrier: Barrier
  /** Rises with every start of the processing group; a commit of an older epoch is refused. */
  epoch: number
  /** Names this run of the process in the log. */
  runId: number
  /** Which of how many lanes this actor serves. */
  lane: number
  lanes: number
  /** Work one frame at a time until past this one: it was under way when the group failed. */
  careful: FrameNote | null
  /** Frames that failed the group twice: the shard turns them into dead letters. */
  poison: FrameNote[]
  bell: Doorbell
  bells: Doorbells
  status: ActorStatus
  failpoints: Failpoints
  log: WorkerLog
  /** Memory for this actor's counters: `defineCounters(…).attach(counters)`. */
  counters: SharedArrayBuffer
  /** Whether those whose frames this actor consumes have stopped: what is not in the rings now will never come. */
  upstreamIsDone(): boolean
  /** Tells the supervisor something: see `FromActor`. */
  report(message: FromActor): void
  /**
   * For blocking actors: sleeps until `ready` holds, beating and obeying control messages meanwhile. Publish first what
   * others need in order to make it hold.
   */
  waitUntil(ready: () => boolean): void
}

/** What an actor tells the supervisor. */
export type FromActor =
  | { type: 'running' }
  /** A drain has done its part: nothing of this actor's is left to do. */
  | { type: 'drained' }
  /** A source has read all it will ever read. */
  | { type: 'finished'; source: string }
  /** A source that was told to stop has: it publishes nothing more. */
  | { type: 'left'; id: number }
  /** A source has failed and starts again, on its own thread and without the others. */
  | { type: 'restarting'; source: string; error: PlainError; note: FrameNote | null; delayMs: number }
  /** A source has failed too often: it is left alone, the others go on. */
  | { type: 'parked'; source: string; error: PlainError }
  /** A source cannot go on, and the engine is not to go on without it. */
  | { type: 'fatal'; source: string; error: PlainError }
  /** Degraded or recovered, for `/ready`. */
  | { type: 'health'; component: string; problem: string | null }
  /** Something worth telling, such as the port a server listens on. */
  | { type: 'listening'; component: string; url: string }
  /** To an `ask` of that number. */
  | { type: 'reply'; number: number; reply: Reply }
  | { type: 'terminate' }
  /** What ends this thread. */
  | { type: 'failed'; error: PlainError }

/** What the supervisor tells an actor. */
export type ToActor =
  | { type: 'drain' }
  | { type: 'stop' }
  /** A source has come, or its options are others now. To the journal, the shard and its thread, in this order. */
  | { type: 'add-source'; source: WiredSource }
  /** To its thread: it is to stop. To shard and journal: nothing of it is left. */
  | { type: 'remove-source'; id: number }
  | Ask
  /** Nobody waits for the reply any more. */
  | { type: 'withdraw'; number: number }

/** To a source's thread: it is to reply. `question` is plain data. */
export interface Ask {
  type: 'ask'
  id: number
  number: number
  question: unknown
}

export interface BlockingActor {
  /** One round of work. Returns whether there was any; if not, the worker sleeps until its bell rings. */
  step(): boolean
  /** Whether `step` would find work: asked once more after the bell is armed. */
  hasWork(): boolean
  /** At most how long to sleep though nothing rings, in milliseconds. */
  patienceMs?(): number
  drain(): void
  addSource?(source: SourceAssignment): void
  removeSource?(id: number): void
  /** Runs as long as this is false. */
  readonly isDone: boolean
  close?(): void
}

export interface EventedActor {
  /** Runs until the actor is done; a rejection is a crash. */
  run(): Promise<void>
  /** Finish what can be finished, then let `run` end. */
  drain(): void
  /** Let `run` end now. */
  stop(): void
  addSource?(source: SourceAssignment): void
  removeSource?(id: number): void
  ask?(ask: Ask): void
  withdraw?(number: number): void
}

export type ActorDefinition<Options> = {
  kind: string
} & (
  | { blocking: true; setup(context: ActorContext<Options>): BlockingActor }
  | { blocking: false; setup(context: ActorContext<Options>): EventedActor | Promise<EventedActor> }
)

export function defineActor<Options>(definition: ActorDefinition<Options>): ActorDefinition<Options> {
  return definition
}
