import { describe, expect, test } from 'vitest'
import { type Alert, Alerts } from '../../cli/alerts.ts'
import type { FetchCounts } from '../../cli/fetch-counts.ts'
import { Histogram } from '../../engine/memory/histogram.ts'

/** Windows of 100 fetches each: how long they took, and how many went well. */
function windows(...each: { ms?: number; well?: number; fetches?: number }[]) {
  const histogram = new Histogram()
  const counts: FetchCounts = { latency: histogram.snapshot(), requests: 0, ended: 0, wentWell: 0 }
  const told: Alert[] = []
  const settings = { p95Latency: 100, successRate: 0.9, window: 1000, after: 2, minFetches: 10 }
  const alerts = new Alerts(settings, { ...counts }, (alert) => told.push(alert))
  for (const { ms = 10, fetches = 100, well = fetches } of each) {
    for (let i = 0; i < fetches; i++) histogram.record(ms * 1000)
    counts.ended += fetches
    counts.wentWell += well
    alerts.look({ ...counts, latency: histogram.snapshot() })
  }
  return { told: told.map(({ name, state }) => `${name} ${state}`), alerts }
}

describe('an alert', () => {
  test('is raised by windows in a row that miss the target, not by one', () => {
    expect(windows({ ms: 200 }, {}, { ms: 200 }, {}).told).toEqual([])
    expect(windows({ ms: 200 }, { ms: 200 }).told).toEqual(['latency raised'])
    expect(windows({ well: 80 }, { well: 80 }).told).toEqual(['success raised'])
  })

  test('is cleared by windows in a row that meet it with a margin', () => {
    const missed = [{ ms: 200 }, { ms: 200 }]
    expect(windows(...missed, { ms: 95 }, { ms: 95 }, { ms: 95 }).told).toEqual(['latency raised'])
    expect(windows(...missed, { ms: 50 }, { ms: 95 }, { ms: 50 }).told).toEqual(['latency raised'])
    expect(windows(...missed, { ms: 50 }, { ms: 50 }).told).toEqual(['latency raised', 'latency cleared'])
  })

  test('is not judged by too few fetches', () => {
    expect(windows({ ms: 200, fetches: 9 }, { ms: 200, fetches: 9 }).told).toEqual([])
  })

  test('is a metric', () => {
    const [active, raised] = windows({ ms: 200 }, { ms: 200 }).alerts.collect()
    expect(active!.samples).toMatchObject([{ labels: { alert: 'latency' }, value: 1 }, { value: 0 }])
    expect(raised!.samples).toMatchObject([{ labels: { alert: 'latency' }, value: 1 }, { value: 0 }])
  })
})
