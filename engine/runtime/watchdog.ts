/**
 * Notices actors that hang, by heartbeats that no longer move. Pure: it is shown the board and the time.
 *
 * An actor that is still starting has a limit of its own, since loading modules and rebuilding tables take their time, and
 * so has one inside a commit. After the whole process was suspended (a laptop's lid, SIGSTOP, a debugger), seen by a look
 * that comes too late, everyone gets a fresh window.
 */
import { ActorState, type ActorStatus, Phase } from './status-board.ts'

export interface WatchdogLimits {
  hangTimeoutMs: number
  startTimeoutMs: number
  commitTimeoutMs: number
}

export type Finding = 'hung' | 'commit-stuck'

interface Watched {
  status: ActorStatus
  heartbeat: number
  movedAtMs: number
}

export class Watchdog {
  readonly #limits: WatchdogLimits
  readonly #watched = new Map<string, Watched>()
  #lookedAtMs: number | null = null

  constructor(limits: WatchdogLimits) {
    this.#limits = limits
  }

  watch(name: string, status: ActorStatus, nowMs: number): void {
    this.#watched.set(name, { status, heartbeat: status.heartbeat, movedAtMs: nowMs })
  }

  unwatch(name: string): void {
    this.#watched.delete(name)
  }

  /** Who has hung since the last look. Each is reported once. To be called several times in half a `hangTimeoutMs`. */
  look(nowMs: number): { name: string; finding: Finding; silentMs: number }[] {
    const wasSuspended = this.#lookedAtMs !== null && nowMs - this.#lookedAtMs > this.#limits.hangTimeoutMs / 2
    this.#lookedAtMs = nowMs
    const findings: { name: string; finding: Finding; silentMs: number }[] = []
    for (const [name, watched] of this.#watched) {
      const { heartbeat, phase } = watched.status
      if (wasSuspended || heartbeat !== watched.heartbeat || phase === Phase.stalled) {
        watched.heartbeat = heartbeat
        watched.movedAtMs = nowMs
        continue
      }
      const silentMs = nowMs - watched.movedAtMs
      if (silentMs <= this.#limitOf(watched.status)) continue
      this.#watched.delete(name)
      findings.push({ name, finding: phase === Phase.committing ? 'commit-stuck' : 'hung', silentMs })
    }
    return findings
  }

  #limitOf({ phase, state }: ActorStatus): number {
    if (phase === Phase.committing) return this.#limits.commitTimeoutMs
    return state === ActorState.starting ? this.#limits.startTimeoutMs : this.#limits.hangTimeoutMs
  }
}
