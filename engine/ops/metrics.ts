/**
 * All metrics as Prometheus reads them: made from their sources at each scrape, so that nothing costs anything in between.
 *
 * A histogram gives two families: `…_seconds` with cumulative buckets, and the summary `…_recent_seconds` with p50, p95 and
 * p99 of the last minute or two. Families of one name from several sources are one. A source that throws is left out and counted.
 */
import { type Metric, Registry } from 'prom-client'
import type { HistogramSnapshot } from '../memory/histogram.ts'
import { counter, type Labels, type MetricFamily, type MetricsSource } from './metrics-source.ts'

/** Upper bounds of buckets, microseconds. */
const BUCKETS_US = [
  50, 100, 250, 500, 1e3, 2.5e3, 5e3, 1e4, 2.5e4, 5e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6, 1e7, 3e7, 6e7,
]
const QUANTILES = [0.5, 0.95, 0.99]
/** How long a window for quantiles is at least; it is at most twice as long while somebody scrapes. */
const WINDOW_MS = 60_000

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

interface Value {
  metricName?: string
  labels: Labels
  value: number
}

interface Family {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  values: Value[]
}

export class Metrics {
  readonly #sources: readonly MetricsSource[]
  readonly #nowMs: () => number
  readonly #windows = new Map<string, Window>()
  #failures = 0

  constructor(sources: readonly MetricsSource[], nowMs: () => number = () => performance.now()) {
    this.#sources = sources
    this.#nowMs = nowMs
  }

  /** In the text format, version 0.0.4. */
  async text(): Promise<string> {
    const families = new Map<string, Family>()
    for (const family of this.#collect()) {
      for (const shown of this.#shown(family)) {
        const known = families.get(shown.name)
        if (known === undefined) families.set(shown.name, shown)
        else known.values.push(...shown.values)
      }
    }
    const registry = new Registry()
    // The registry asks a metric for its name and, by `get`, for what it shows: a family of ours is that already.
    for (const family of families.values())
      registry.registerMetric({ name: family.name, get: () => family } as unknown as Metric)
    return registry.metrics()
  }

  #collect(): MetricFamily[] {
    const families = this.#sources.flatMap((source) => {
      try {
        return source.collect()
      } catch {
        this.#failures++
        return []
      }
    })
    const help = 'Times that a source of metrics failed and was left out.'
    return [...families, counter('skein_ops_source_failures_total', help, this.#failures)]
  }

  #shown(family: MetricFamily): Family[] {
    const { name, help, kind } = family
    if (kind !== 'histogram') return [{ name, help, type: kind, values: [...family.samples] }]
    const buckets = family.samples.flatMap(({ labels, snapshot }) => bucketsOf(name, labels, snapshot))
    const recentName = name.replace(/_seconds$/, '_recent_seconds')
    const recent = family.samples.flatMap(({ labels, snapshot }) => [
      ...this.#quantiles(recentName, labels, snapshot),
      ...totalsOf(recentName, labels, snapshot),
    ])
    return [
      { name, help, type: 'histogram', values: buckets },
      { name: recentName, help: `${help}: quantiles of the last minute or two`, type: 'summary', values: recent },
    ]
  }

  #quantiles(name: string, labels: Labels, snapshot: HistogramSnapshot): Value[] {
    const key = `${name} ${JSON.stringify(labels)}`
    const window = this.#windows.get(key) ?? new Window(snapshot.since(snapshot), this.#nowMs())
    this.#windows.set(key, window)
    const recent = window.advance(snapshot, this.#nowMs())
    return QUANTILES.map((rank) => ({
      labels: { ...labels, quantile: String(rank) },
      value: recent.quantile(rank) / 1e6, // NaN when nothing was recorded, as Prometheus' own clients have it
    }))
  }
}

/** What was recorded since a moment at least `WINDOW_MS` ago, or since the start. */
class Window {
  #base: HistogramSnapshot
  #next: HistogramSnapshot
  #nextMs: number

  constructor(zero: HistogramSnapshot, nowMs: number) {
    this.#base = zero
    this.#next = zero
    this.#nextMs = nowMs
  }

  advance(snapshot: HistogramSnapshot, nowMs: number): HistogramSnapshot {
    if (nowMs - this.#nextMs >= WINDOW_MS) {
      this.#base = this.#next
      this.#next = snapshot
      this.#nextMs = nowMs
    }
    return snapshot.since(this.#base)
  }
}

function bucketsOf(name: string, labels: Labels, snapshot: HistogramSnapshot): Value[] {
  const buckets = BUCKETS_US.map((us) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le: String(us / 1e6) },
    value: snapshot.countBelow(us + 1),
  }))
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: snapshot.count },
    ...totalsOf(name, labels, snapshot),
  ]
}

function totalsOf(name: string, labels: Labels, snapshot: HistogramSnapshot): Value[] {
  return [
    { metricName: `${name}_sum`, labels, value: snapshot.sumUs / 1e6 },
    { metricName: `${name}_count`, labels, value: snapshot.count },
  ]
}
