/** What crosses from the supervisor to a new worker: plain data and shared memory, no objects. */
import type { LogLevel } from '../ops/log.ts'
import type { SourceWiring, WiredSource } from './actor.ts'
import type { FrameNote } from './status-board.ts'

export interface Wiring {
  name: string
  /** Its line on the status board and its doorbell. */
  index: number
  /** URL of the actor's module. */
  module: string
  options: unknown
  directory: string
  bells: SharedArrayBuffer
  board: SharedArrayBuffer
  counters: SharedArrayBuffer
  failpoints: SharedArrayBuffer | null
  committed: SharedArrayBuffer
  committedRing: SharedArrayBuffer
  inputs: { ring: SharedArrayBuffer; reader: number; source?: SourceWiring }[]
  outputs: SharedArrayBuffer[]
  sources: WiredSource[]
  /** Board lines of the actors whose frames it consumes: when they have stopped, a drained ring stays empty. */
  upstream: number[]
  /** The last barrier on disk, encoded; null for none. */
  barrier: Uint8Array | null
  epoch: number
  runId: number
  lane: number
  lanes: number
  careful: FrameNote | null
  poison: FrameNote[]
  logLevel: LogLevel
  /** At most how long a blocked actor sleeps before it beats; tests take the cap away. */
  maxSleepMs: number
  /** Of the thread's heap, for what is young; null for as much as the process's. */
  nurseryMb: number | null
}
