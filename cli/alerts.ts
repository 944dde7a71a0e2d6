/**
 * Says when fetches miss their targets, and when they meet them again.
 *
 *   well ──`after` windows in a row miss──► raised ──`after` windows in a row meet it, with a margin──► well
 *
 * A window with too few fetches says nothing. So one slow minute raises nothing, and what wavers about its target does not flap.
 */
import type { Log } from '../engine/ops/log.ts'
import type { MetricFamily, MetricsSource } from '../engine/ops/metrics-source.ts'
import { type FetchCounts, since } from './fetch-counts.ts'
import type { Pipeline } from './pipeline.ts'

export type AlertName = 'latency' | 'success'

export interface Alert {
  name: AlertName
  state: 'raised' | 'cleared'
  /** p95 in milliseconds, or the share of fetches that went well; in the last window. */
  value: number
  target: number
}

export type AlertSettings = NonNullable<Pipeline['alerts']>

/** How much better than its target a window must be to count as well: a tenth of the target, or of what it leaves over. */
const MARGIN = 0.1
const NAMES: readonly AlertName[] = ['latency', 'success']

export class Alerts implements MetricsSource {
  readonly #settings: AlertSettings
  readonly #tell: (alert: Alert) => void
  readonly #raised: Record<AlertName, boolean> = { latency: false, success: false }
  readonly #raisedCount: Record<AlertName, number> = { latency: 0, success: 0 }
  /** Windows in a row that speak for the other state. */
  readonly #against: Record<AlertName, number> = { latency: 0, success: 0 }
  #before: FetchCounts

  constructor(settings: AlertSettings, counts: FetchCounts, tell: (alert: Alert) => void) {
    this.#settings = settings
    this.#before = counts
    this.#tell = tell
  }

  /** At the end of each window. */
  look(counts: FetchCounts): void {
    const { minFetches, p95Latency, successRate } = this.#settings
    const window = since(counts, this.#before)
    this.#before = counts
    if (window.ended < minFetches) return
    const p95Ms = window.latency.quantile(0.95) / 1000
    const success = window.wentWell / window.ended
    this.#judge('latency', p95Ms, p95Latency, p95Ms > p95Latency, p95Ms <= p95Latency * (1 - MARGIN))
    this.#judge(
      'success',
      success,
      successRate,
      success < successRate,
      success >= successRate + (1 - successRate) * MARGIN,
    )
  }

  collect(): MetricFamily[] {
    const samples = (of: (name: AlertName) => number) => NAMES.map((alert) => ({ labels: { alert }, value: of(alert) }))
    return [
      {
        name: 'skein_alerts_active',
        help: 'Whether a target of fetches is missed.',
        kind: 'gauge',
        samples: samples((name) => Number(this.#raised[name])),
      },
      {
        name: 'skein_alerts_raised_total',
        help: 'How often a target of fetches was missed.',
        kind: 'counter',
        samples: samples((name) => this.#raisedCount[name]),
      },
    ]
  }

  #judge(name: AlertName, value: number, target: number, isMissed: boolean, isWell: boolean): void {
    const speaksAgainst = this.#raised[name] ? isWell : isMissed
    this.#against[name] = speaksAgainst ? this.#against[name] + 1 : 0
    if (this.#against[name] < this.#settings.after) return
    this.#against[name] = 0
    this.#raised[name] = !this.#raised[name]
    if (this.#raised[name]) this.#raisedCount[name]++
    this.#tell({ name, state: this.#raised[name] ? 'raised' : 'cleared', value, target })
  }
}

/** Looks at the end of each window, and writes a line for each alert. `stop` ends it. */
export function watchTargets(
  settings: AlertSettings,
  counts: () => FetchCounts,
  { log, onAlert }: { log: Log; onAlert?: (alert: Alert) => void },
): { alerts: Alerts; stop(): void } {
  const alerts = new Alerts(settings, counts(), (alert) => {
    const { name, state, value, target } = alert
    if (state === 'raised') log.warn(`fetches miss their target: ${name}`, { value, target })
    else log.info(`fetches meet their target again: ${name}`, { value, target })
    onAlert?.(alert)
  })
  const looking = setInterval(() => alerts.look(counts()), settings.window)
  return { alerts, stop: () => clearInterval(looking) }
}
