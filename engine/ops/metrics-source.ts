/**
 * Where metrics come from: whoever has numbers gives whole families when asked, and is asked at each scrape.
 *
 * Names are `skein_<part>_<what>_<unit>[_total]`. Labels come from closed lists: actors, rings, reasons, and the sources
 * that a configuration names; never from data.
 */
import { CounterReader } from '../memory/counters.ts'
import type { HistogramSnapshot } from '../memory/histogram.ts'

export type Labels = Readonly<Record<string, string>>

export type MetricFamily = { readonly name: string; readonly help: string } & (
  | { readonly kind: 'counter' | 'gauge'; readonly samples: readonly { labels: Labels; value: number }[] }
  /** Of microseconds; shown in seconds. */
  | { readonly kind: 'histogram'; readonly samples: readonly { labels: Labels; snapshot: HistogramSnapshot }[] }
)

export interface MetricsSource {
  collect(): readonly MetricFamily[]
}

/** A family of one sample without labels. */
export function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, kind: 'gauge', samples: [{ labels: {}, value }] }
}

export function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, kind: 'counter', samples: [{ labels: {}, value }] }
}

/**
 * What a block of counters holds, whether or not its writer still answers: counter `frames` of part `journal` is
 * `skein_journal_frames_total`, histogram `commit_us` is `skein_journal_commit_seconds`.
 */
export class CounterBlockSource implements MetricsSource {
  readonly #part: string
  readonly #labels: Labels
  readonly #reader: CounterReader

  constructor(part: string, memory: SharedArrayBuffer, labels: Labels = {}) {
    this.#part = part
    this.#labels = labels
    this.#reader = new CounterReader(memory)
  }

  collect(): MetricFamily[] {
    return this.#reader.readings().map((reading): MetricFamily => {
      const name = `skein_${this.#part}_${reading.name}`
      const help = `${reading.name.replaceAll('_', ' ')}, of the ${this.#part}`
      const labels = this.#labels
      if (reading.kind === 'histogram') {
        const samples = [{ labels, snapshot: reading.snapshot }]
        return {
          name: name.replace(/_us$/, '_seconds'),
          help: help.replace(/ us,/, ' time,'),
          kind: 'histogram',
          samples,
        }
      }
      const samples = [{ labels, value: reading.value }]
      return reading.kind === 'counter'
        ? { name: `${name}_total`, help, kind: 'counter', samples }
        : { name, help, kind: 'gauge', samples }
    })
  }
}
