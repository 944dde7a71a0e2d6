/**
 * The contract between the SourceActor, which hosts many sources on one thread, and a kind of source, one file each.
 *
 * A source reads input, decodes it into frame batches and writes them to its output. It goes on from `resume`, the state
 * that the last commit covers, and may write again what it wrote before a crash: the shard drops what it has seen.
 */
import type { SkeinError } from '../../engine/errors.ts'
import type { WorkerLog } from '../../engine/ops/worker-log.ts'
import type { SourceState } from '../../engine/records/index.ts'
import type { Failpoints } from '../../engine/runtime/failpoints.ts'
import type { FrameNote } from '../../engine/runtime/status-board.ts'
import type { SourceOutput } from './source-output.ts'

export interface SourceContext<Options> {
  id: number
  name: string
  options: Options
  /** What the last commit covers; position -1 and an empty cursor for a source that never committed. */
  resume: SourceState
  output: SourceOutput
  /** What the last commit covers by now. */
  committed(): SourceState
  /** Resolves when all that the source has published so far is committed, or the signal is aborted. */
  settled(signal: AbortSignal): Promise<void>
  /** Aborted when the engine drains: stop reading, write nothing more. */
  signal: AbortSignal
  failpoints: Failpoints
  /** Inputs, by position, that have failed this thread twice: to be refused unread. */
  poison: readonly FrameNote[]
  /** The thread has failed while decoding: take inputs one at a time, so that the next failure names one. */
  isCareful: boolean
  /** Notes the input that is being decoded, so that a crash names it. */
  note(position: number): void
  clearNote(): void
  log: WorkerLog
  health(problem: string | null): void
  /** Whoever can be asked something says here how it answers: plain data to plain data. */
  answerWith(answerer: Answerer): void
}

export type Answerer = (question: unknown, signal: AbortSignal) => Promise<unknown>

/**
 * How a source ends: there is no more input, or the signal was aborted, or it must not go on until somebody has changed something; then
 * the others go on without it, or the engine ends too.
 */
export type SourceOutcome = 'finished' | 'stopped' | { parked: SkeinError; isFatal: boolean }

export interface SourceDefinition<Options> {
  kind: string
  /** Runs until it is done. A rejection is a crash: it starts again. */
  run(context: SourceContext<Options>): Promise<SourceOutcome>
}

export function defineSource<Options>(definition: SourceDefinition<Options>): SourceDefinition<Options> {
  return definition
}
