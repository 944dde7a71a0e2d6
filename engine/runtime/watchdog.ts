/**
 * Notices actors that hang, by heartbeats that no longer move. Pure: it is shown the board and the time.
 *
 * An actor inside a commit has the commit's own limit. After the whole process was suspended (a laptop's lid, SIGSTOP,
 * a debugger), seen by a look that comes much too late, everyone gets a fresh window.
 */
import { type ActorStatus, Phase } from './status-board.ts'

export interface WatchdogLimits {
  hangTimeoutMs: number
  commitTimeoutMs: number
  /** How often `look` is called. */
  lookEveryMs: number
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

  /** Who has hung since the last look. Each is reported once. */
  look(nowMs: number): { name: string; finding: Finding; silentMs: number }[] {
    const wasSuspended = this.#lookedAtMs !== null && nowMs - this.#lookedAtMs > 3 * this.#limits.lookEveryMs + 1000
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
      const isCommitting = phase === Phase.committing
      if (silentMs <= (isCommitting ? this.#limits.commitTimeoutMs : this.#limits.hangTimeoutMs)) continue
      this.#watched.delete(name)
      findings.push({ name, finding: isCommitting ? 'commit-stuck' : 'hung', silentMs })
    }
    return findings
  }
}
