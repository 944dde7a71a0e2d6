/** The admin server of a running engine, its metrics read by Prometheus' own tool where that is installed (`promtool`). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadPipeline } from '../../cli/load.ts'
import { planOf } from '../../cli/plan.ts'
import { AdminServer } from '../../engine/ops/admin-server.ts'
import { engineSources } from '../../engine/ops/engine-sources.ts'
import { Logging } from '../../engine/ops/logging.ts'
import { Metrics } from '../../engine/ops/metrics.ts'
import { ProcessSource } from '../../engine/ops/process-source.ts'
import { readinessOf } from '../../engine/ops/readiness.ts'
import { Engine } from '../../engine/runtime/engine.ts'

const PROMTOOL = process.env.PROMTOOL ?? 'promtool'
const hasPromtool = spawnSync(PROMTOOL, ['--version']).status === 0

const directory = mkdtempSync(join(tmpdir(), 'skein-metrics-'))
let engine: Engine
let admin: AdminServer
let url: string

beforeAll(async () => {
  const { config } = loadPipeline({
    file: new URL('../../config/nyc-replay.yaml', import.meta.url).pathname,
    set: [
      `log.directory=${directory}`,
      'hub.port=0',
      'sources.opensky.replay.speed=0',
      'sources.opensky.replay.loop=false',
    ],
  })
  engine = await Engine.start({ plan: planOf(config), log: new Logging({ level: 'silent' }).of('test') })
  await engine.finished
  const metrics = new Metrics([...engineSources(engine), new ProcessSource('test')])
  admin = new AdminServer({
    version: { version: 'test' },
    readiness: () => readinessOf(engine.state, [], engine.health),
    metrics: () => metrics.text(),
  })
  url = await admin.listen('127.0.0.1', 0)
})

afterAll(async () => {
  await admin?.close()
  await engine?.drain()
  rmSync(directory, { recursive: true, force: true })
})

const scrape = async (): Promise<string> => (await fetch(`${url}/metrics`)).text()

/** The values of one metric, by their labels. */
async function valuesOf(name: string): Promise<Record<string, number>> {
  const lines = (await scrape()).matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (.+)$`, 'gm'))
  return Object.fromEntries(lines.map(([, labels = '', value]) => [labels, Number(value)]))
}

describe('the metrics of a running engine', () => {
  test('balance: every record received is in one of the others', async () => {
    await expect
      .poll(async () => (await valuesOf('skein_ledger_received_records_total'))['source="opensky"'])
      .toBeGreaterThan(1000)
    const sum = (values: Record<string, number>) => Object.values(values).reduce((a, b) => a + b, 0)
    await expect
      .poll(async () => {
        const judged = await valuesOf('skein_ledger_judged_records_total')
        const discarded = await valuesOf('skein_ledger_discarded_records_total')
        return sum(await valuesOf('skein_ledger_received_records_total')) - sum(judged) - sum(discarded)
      })
      .toBe(0)
  })

  test('show every actor, its counters and its rings', async () => {
    const states = await valuesOf('skein_actor_state')
    expect(Object.keys(states)).toEqual(expect.arrayContaining(['actor="shard"', 'actor="dedupe-0"', 'actor="hub"']))
    expect((await valuesOf('skein_shard_records_total'))['actor="shard"']).toBeGreaterThan(1000)
    expect((await valuesOf('skein_journal_commit_seconds_count'))['actor="journal"']).toBeGreaterThan(0)
    expect((await valuesOf('skein_ring_capacity_bytes'))['ring="source_opensky"']).toBeGreaterThan(0)
    expect((await valuesOf('process_resident_memory_bytes'))['']).toBeGreaterThan(1e7)
  })

  test('keep to the names that the documentation promises', async () => {
    const names = [...(await scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
      ([, name, type]) => [name!, type!] as const,
    )
    for (const [name, type] of names) {
      expect(name).toMatch(/^(skein_[a-z0-9]+_|process_|nodejs_)[a-z0-9_]+$/)
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
    }
  })

  test.skipIf(!hasPromtool)('pass promtool', async () => {
    const { stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' })
    const complaints = (stdout + stderr).split('\n').filter((line) => line !== '')
    expect(complaints).toEqual([])
  })

  test('come with readiness', async () => {
    const ready = await fetch(`${url}/ready`)
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready', state: 'running' }])
  })
})
