/** What was fetched, how fast, and how often it went well: by source and in all, since the engine started. */
import { type FetchCounts, NO_FETCHES, together } from '../cli/fetch-counts.ts'
import type { Polling } from '../cli/polling.ts'

export interface FetchMetrics {
  /** Milliseconds a fetch, all its attempts included; null before the first. */
  latency_ms: { p50: number; p95: number; p99: number; max: number } | null
  /** As the providers count them: each attempt. */
  requests: number
  /** In the last second, and the most in any. */
  requests_per_s: { now: number; peak: number }
  /** Fetches that went well, from 0 to 1; null before the first. */
  success_rate: number | null
}

export interface EngineMetrics extends FetchMetrics {
  sources: Record<string, FetchMetrics>
  buffer: { size: number; overflow: number }
}

const SECOND_MS = 1000

class Rate {
  now = 0
  peak = 0
  #before = 0
  #beforeMs = performance.now()

  look(requests: number): void {
    const nowMs = performance.now()
    this.now = ((requests - this.#before) * SECOND_MS) / Math.max(1, nowMs - this.#beforeMs)
    this.peak = Math.max(this.peak, this.now)
    this.#before = requests
    this.#beforeMs = nowMs
  }
}

export class FetchMeter {
  readonly #polling: Polling
  readonly #sources: readonly string[]
  readonly #rates: ReadonlyMap<string, Rate>
  readonly #rate = new Rate()
  readonly #looking: NodeJS.Timeout

  /** `sources`: those that are polled. */
  constructor(polling: Polling, sources: readonly string[]) {
    this.#polling = polling
    this.#sources = sources
    this.#rates = new Map(sources.map((name) => [name, new Rate()]))
    this.#looking = setInterval(() => this.#look(), SECOND_MS).unref()
  }

  read(): Omit<EngineMetrics, 'buffer'> {
    const counts = this.#sources.map((name) => this.#polling.fetchesOf(name))
    const sources = this.#sources.map((name, i) => [name, metricsOf(counts[i]!, this.#rates.get(name)!)] as const)
    return { ...metricsOf(counts.reduce(together, NO_FETCHES), this.#rate), sources: Object.fromEntries(sources) }
  }

  stop(): void {
    clearInterval(this.#looking)
  }

  #look(): void {
    let requests = 0
    for (const [name, rate] of this.#rates) {
      const own = this.#polling.fetchesOf(name).requests
      rate.look(own)
      requests += own
    }
    this.#rate.look(requests)
  }
}

function metricsOf({ latency: snapshot, requests, ended, wentWell }: FetchCounts, { now, peak }: Rate): FetchMetrics {
  const ms = (rank: number) => snapshot.quantile(rank) / 1000
  const latency = { p50: ms(0.5), p95: ms(0.95), p99: ms(0.99), max: snapshot.maxUs / 1000 }
  return {
    latency_ms: snapshot.count === 0 ? null : latency,
    requests,
    requests_per_s: { now, peak },
    success_rate: ended === 0 ? null : wentWell / ended,
  }
}
