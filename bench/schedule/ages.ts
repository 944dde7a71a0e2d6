/** How old the picture is, hour by hour: of cells with aircraft, and of tiles without. Kept by the judge, not by the schedule. */
import { Histogram, type HistogramSnapshot } from '../../engine/memory/histogram.ts'

export interface Hour {
  readonly requests: number
  readonly refused: number
  readonly aircraft: number
  /** Milliseconds. */
  readonly busy: { readonly p50: number; readonly p95: number }
  readonly quiet: { readonly p50: number; readonly p95: number }
}

const HOUR_MS = 3_600_000
/** One quiet tile in so many is looked at. */
const QUIET_STEP = 7

interface HourCounts {
  requests: number
  refused: number
  aircraft: number
  samples: number
  readonly busy: Histogram
  readonly quiet: Histogram
}

export class Ages {
  readonly #startMs: number
  readonly #answeredMs: Float64Array
  readonly #hours: HourCounts[] = []

  constructor(tiles: number, startMs: number) {
    this.#startMs = startMs
    this.#answeredMs = new Float64Array(tiles).fill(startMs)
  }

  answered(tile: number, askedMs: number): void {
    if (askedMs > this.#answeredMs[tile]!) this.#answeredMs[tile] = askedMs
  }

  countRequest(nowMs: number): void {
    this.#hour(nowMs).requests++
  }

  countRefusal(nowMs: number): void {
    this.#hour(nowMs).refused++
  }

  /** `starts`: of the lists of aircraft by tile, where each begins. */
  sample(nowMs: number, starts: Int32Array): void {
    const hour = this.#hour(nowMs)
    hour.samples++
    for (let tile = 0; tile < this.#answeredMs.length; tile++) {
      const aircraft = starts[tile + 1]! - starts[tile]!
      const us = (nowMs - this.#answeredMs[tile]!) * 1000
      // Aircraft are far enough apart that each has a cell of its own.
      for (let i = 0; i < aircraft; i++) hour.busy.record(us)
      if (aircraft === 0 && tile % QUIET_STEP === 0) hour.quiet.record(us)
      hour.aircraft += aircraft
    }
  }

  hours(): Hour[] {
    return this.#hours.map(({ requests, refused, aircraft, samples, busy, quiet }) => ({
      requests,
      refused,
      aircraft: aircraft / Math.max(1, samples),
      busy: quantiles(busy.snapshot()),
      quiet: quantiles(quiet.snapshot()),
    }))
  }

  #hour(nowMs: number): HourCounts {
    const index = Math.floor((nowMs - this.#startMs) / HOUR_MS)
    return (this.#hours[index] ??= {
      requests: 0,
      refused: 0,
      aircraft: 0,
      samples: 0,
      busy: new Histogram(),
      quiet: new Histogram(),
    })
  }
}

function quantiles(ages: HistogramSnapshot): { p50: number; p95: number } {
  return { p50: ages.quantile(0.5) / 1000, p95: ages.quantile(0.95) / 1000 }
}
