/** What was fetched since the start, of one source or of several together. */
import type { CounterReader } from '../engine/memory/counters.ts'
import { Histogram, type HistogramSnapshot } from '../engine/memory/histogram.ts'

export interface FetchCounts {
  /** How long fetches took. */
  latency: HistogramSnapshot
  /** As the providers count them: each attempt. */
  requests: number
  /** Fetches that came to an end, and those of them that went well. */
  ended: number
  wentWell: number
}

export const NO_FETCHES: FetchCounts = { latency: new Histogram().snapshot(), requests: 0, ended: 0, wentWell: 0 }

export function fetchCounts(counters: CounterReader): FetchCounts {
  const latency = counters.readings().find(({ name }) => name === 'fetch_us')
  const wentWell = counters.value('answers') + counters.value('unchanged')
  return {
    latency: latency?.kind === 'histogram' ? latency.snapshot : NO_FETCHES.latency,
    requests: counters.value('requests'),
    ended: wentWell + counters.value('failures') + counters.value('refused_bodies'),
    wentWell,
  }
}

export const together = (a: FetchCounts, b: FetchCounts): FetchCounts => ({
  latency: a.latency.merge(b.latency),
  requests: a.requests + b.requests,
  ended: a.ended + b.ended,
  wentWell: a.wentWell + b.wentWell,
})

/** What came after an earlier count. */
export const since = (now: FetchCounts, earlier: FetchCounts): FetchCounts => ({
  latency: now.latency.since(earlier.latency),
  requests: now.requests - earlier.requests,
  ended: now.ended - earlier.ended,
  wentWell: now.wentWell - earlier.wentWell,
})
