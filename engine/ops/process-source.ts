/**
 * The process as a whole: memory, processor, files, event loop of the main thread. Names are those that every Node and
 * Prometheus dashboard knows.
 *
 * Costs a timer every 100 ms, which does not keep the process alive.
 */
import { readdirSync } from 'node:fs'
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { counter, gauge, type MetricFamily, type MetricsSource } from './metrics-source.ts'

/** How finely delays of the event loop are seen; each is measured beyond this. */
const RESOLUTION_MS = 100

export class ProcessSource implements MetricsSource {
  readonly #version: string
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #utilization = performance.eventLoopUtilization()

  constructor(version: string) {
    this.#version = version
    this.#delay.enable()
  }

  close(): void {
    this.#delay.disable()
  }

  collect(): MetricFamily[] {
    const memory = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return [
      gauge('process_resident_memory_bytes', 'Resident memory of the process.', memory.rss),
      gauge('nodejs_heap_size_used_bytes', 'JavaScript heap of the main thread, in use.', memory.heapUsed),
      gauge('nodejs_heap_size_bytes', 'JavaScript heap of the main thread.', memory.heapTotal),
      gauge('nodejs_external_memory_bytes', 'Memory outside the heap that JavaScript holds.', memory.external),
      counter('process_cpu_seconds_total', 'Processor time of all threads.', (user + system) / 1e6),
      gauge('process_start_time_seconds', 'Start of the process, epoch seconds.', performance.timeOrigin / 1000),
      gauge('process_open_fds', 'Open file descriptors.', openFiles()),
      this.#eventLoopLag(),
      gauge('nodejs_eventloop_utilization_ratio', 'Busy share of the main thread since the last scrape.', this.#busy()),
      {
        name: 'skein_build_info',
        help: 'Always 1; the labels say which build this is.',
        kind: 'gauge',
        samples: [{ labels: { version: this.#version, node: process.version }, value: 1 }],
      },
    ]
  }

  /** Since the last scrape. */
  #eventLoopLag(): MetricFamily {
    const late = (ns: number): number => Math.max(ns / 1e9 - RESOLUTION_MS / 1000, 0)
    const delay = this.#delay
    const samples =
      delay.count === 0
        ? []
        : [
            { labels: { stat: 'p50' }, value: late(delay.percentile(50)) },
            { labels: { stat: 'p99' }, value: late(delay.percentile(99)) },
            { labels: { stat: 'max' }, value: late(delay.max) },
          ]
    delay.reset()
    const help = 'How late the event loop of the main thread comes to its timers, since the last scrape.'
    return { name: 'nodejs_eventloop_lag_seconds', help, kind: 'gauge', samples }
  }

  #busy(): number {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    return performance.eventLoopUtilization(this.#utilization, before).utilization
  }
}

/** NaN where the system does not say. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length - 1 // one of them is this look
  } catch {
    return Number.NaN
  }
}
