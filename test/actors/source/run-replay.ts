/** Runs the replay source alone, from any state, and gives its frames. */
import replay, { type ReplayOptions } from '../../../actors/source/replay/replay.ts'
import { type RunOutcome, runSource, type SourceRun } from './run-source.ts'

export const REPLAY_OPTIONS: Omit<ReplayOptions, 'files'> = {
  format: 'auto',
  speed: 0,
  loop: false,
  bounds: null,
  maxPositionAgeMs: 300_000,
  maxTimeAheadMs: 60_000,
  maxBodyBytes: 64_000_000,
  maxFrameBytes: 1 << 20,
}

export interface ReplayRun extends SourceRun {
  options: Partial<ReplayOptions> & { files: string[] }
}

export function runReplay({ options, ...run }: ReplayRun): Promise<RunOutcome> {
  return runSource(replay, { ...REPLAY_OPTIONS, ...options }, run)
}
