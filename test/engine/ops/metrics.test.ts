import { describe, expect, test } from 'vitest'
import { allocateCounters, defineCounters } from '../../../engine/memory/counters.ts'
import { Metrics } from '../../../engine/ops/metrics.ts'
import { CounterBlockSource, gauge, type MetricsSource } from '../../../engine/ops/metrics-source.ts'

const definition = defineCounters({ counters: ['frames'], gauges: ['keys'], histograms: ['commit_us'] })

function lane(name: string) {
  const memory = allocateCounters()
  return { counters: definition.attach(memory), source: new CounterBlockSource('dedupe', memory, { actor: name }) }
}

/** The lines of one family, without its comments. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.text()
  return text.split('\n').filter((line) => line.startsWith(name))
}

describe('the metrics', () => {
  test('show counters and gauges of all blocks, one family by name', async () => {
    const [a, b] = [lane('dedupe-0'), lane('dedupe-1')]
    a.counters.frames.add(3)
    b.counters.frames.add(4)
    b.counters.keys.set(2)
    const metrics = new Metrics([a.source, b.source])
    expect(await linesOf(metrics, 'skein_dedupe_frames')).toEqual([
      'skein_dedupe_frames_total{actor="dedupe-0"} 3',
      'skein_dedupe_frames_total{actor="dedupe-1"} 4',
    ])
    expect(await linesOf(metrics, 'skein_dedupe_keys')).toEqual([
      'skein_dedupe_keys{actor="dedupe-0"} 0',
      'skein_dedupe_keys{actor="dedupe-1"} 2',
    ])
    const text = await metrics.text()
    expect(text.match(/# TYPE skein_dedupe_frames_total counter/g)).toHaveLength(1)
  })

  test('show a histogram in seconds, with cumulative buckets', async () => {
    const { counters, source } = lane('dedupe-0')
    for (const us of [10, 200, 250, 900, 2_000_000, 120_000_000]) counters.commit_us.record(us)
    const lines = await linesOf(new Metrics([source]), 'skein_dedupe_commit_seconds')
    expect(lines).toContain('skein_dedupe_commit_seconds_bucket{actor="dedupe-0",le="0.00005"} 1')
    expect(lines).toContain('skein_dedupe_commit_seconds_bucket{actor="dedupe-0",le="0.00025"} 3')
    expect(lines).toContain('skein_dedupe_commit_seconds_bucket{actor="dedupe-0",le="2.5"} 5')
    expect(lines).toContain('skein_dedupe_commit_seconds_bucket{actor="dedupe-0",le="+Inf"} 6')
    expect(lines).toContain('skein_dedupe_commit_seconds_count{actor="dedupe-0"} 6')
    expect(lines).toContain('skein_dedupe_commit_seconds_sum{actor="dedupe-0"} 122.00136')
  })

  test('show quantiles of the last minutes only', async () => {
    const { counters, source } = lane('dedupe-0')
    const clock = { ms: 0 }
    const metrics = new Metrics([source], () => clock.ms)
    const p50 = async () => {
      const lines = await linesOf(metrics, 'skein_dedupe_commit_recent_seconds{actor="dedupe-0",quantile="0.5"}')
      return Number(lines[0]?.split(' ')[1])
    }
    for (let n = 0; n < 100; n++) counters.commit_us.record(1000)
    expect(await p50()).toBeCloseTo(0.001, 4)
    clock.ms = 61_000
    await p50()
    counters.commit_us.record(5000)
    clock.ms = 122_000
    expect(await p50(), 'the old ones are out').toBeCloseTo(0.005, 4)
    clock.ms = 183_000
    expect(await p50(), 'nothing recent').toBeNaN()
  })

  test('leave out a source that fails, and count it', async () => {
    const broken: MetricsSource = {
      collect() {
        throw new Error('no')
      },
    }
    const metrics = new Metrics([broken, { collect: () => [gauge('skein_test_value', 'A value.', 1)] }])
    expect(await linesOf(metrics, 'skein_')).toEqual(['skein_test_value 1', 'skein_ops_source_failures_total 1'])
  })

  test('show an actor that has not started as nothing', async () => {
    const metrics = new Metrics([new CounterBlockSource('dedupe', allocateCounters())])
    expect(await linesOf(metrics, 'skein_dedupe')).toEqual([])
  })
})
