/**
 * Shard and dedupe alone: a million and a half frames lie in the source ring before the actors start; time runs from a tenth of
 * them to all, so that neither start-up nor cold code counts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stageSpecs } from '../../actors/registry.ts'
import { CounterReader } from '../../engine/memory/counters.ts'
import { RingWriter } from '../../engine/memory/ring-writer.ts'
import { Frame } from '../../engine/records/index.ts'
import { DEFAULT_LIMITS, type Plan } from '../../engine/runtime/plan.ts'
import { Supervisor } from '../../engine/runtime/supervisor.ts'
import { flight } from '../../schemas/flight.ts'
import type { Scale } from '../benchmarks.ts'
import { median } from './processes.ts'

const FRAMES = 1_500_000
const AIRCRAFT = 5000
const RING_BYTES = 2 ** 29
const SOURCE_ID = 1

export async function measureStages(scale: Scale): Promise<Record<string, number>> {
  const rates: number[] = []
  for (let round = 0; round < (scale === 'full' ? 7 : 3); round++) rates.push(await runOnce())
  return { 'stages.records_per_second': median(rates) / 1e6 }
}

async function runOnce(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-'))
  const supervisor = new Supervisor({
    plan: planIn(directory),
    sourceIds: new Map([['preloaded', SOURCE_ID]]),
    runId: 1,
    events: silent,
  })
  fill(new RingWriter(supervisor.sources.named('preloaded')!.ring, supervisor.memory.bells))
  const dedupe = new CounterReader(supervisor.memory.counters[supervisor.memory.lane(0)]!)
  const judged = () => dedupe.value('accepted') + dedupe.value('duplicate') + dedupe.value('late')
  void supervisor.start()
  while (judged() < FRAMES / 10) await delay(1)
  const [firstAt, first] = [performance.now(), judged()]
  while (judged() < FRAMES) await delay(1)
  const rate = ((FRAMES - first) / (performance.now() - firstAt)) * 1000
  await supervisor.drain()
  rmSync(directory, { recursive: true, force: true })
  return rate
}

/** Aircraft that fly on, one after the other, a fix a second each. */
function fill(writer: RingWriter): void {
  const frame = new Frame(writer.frames)
  const { lat, lon, velocity_mps, heading_deg } = flight.fields
  const keys = Array.from({ length: AIRCRAFT }, (_, i) => Buffer.from((0xa00000 + i * 7).toString(16)))
  const start = 1_700_000_000_000
  for (let i = 0; i < FRAMES; i++) {
    const aircraft = i % AIRCRAFT
    const second = Math.floor(i / AIRCRAFT)
    frame.at(writer.claim(flight.fixedBytes))
    flight.start(frame)
    flight.setKey(frame, keys[aircraft]!, 0, 6)
    lat.set(frame, 30 + (aircraft % 100) * 0.25 + second * 0.002)
    lon.set(frame, -120 + Math.floor(aircraft / 100) + second * 0.001)
    velocity_mps.set(frame, 230)
    heading_deg.set(frame, 27)
    frame.sourceId = SOURCE_ID
    frame.time = start + second * 1000
    frame.clock = frame.time
    frame.position = i
    writer.commit(frame.offset)
  }
  writer.publish()
}

function planIn(directory: string): Plan {
  const { shard, dedupe } = stageSpecs
  const idle = new URL('./idle-source.ts', import.meta.url).href
  return {
    directory,
    sourceThread: { module: idle, count: 1 },
    sources: [
      {
        name: 'preloaded',
        module: idle,
        options: null,
        metadata: {},
        isLive: false,
        company: null,
        ringBytes: RING_BYTES,
      },
    ],
    shard: { name: 'shard', module: shard.module, options: { barrierIntervalMs: 20 } },
    dedupe: {
      name: 'dedupe',
      module: dedupe.module,
      lanes: 1,
      options: {
        admit: 'news',
        toleranceMs: 250,
        windowMs: 5000,
        staleAfterMs: 60_000,
        forgetAfterMs: 86_400_000,
        capacity: 200_000,
        maxKeyBytes: 16,
      },
    },
    journal: { name: 'journal', module: new URL('./null-journal.ts', import.meta.url).href, options: null },
    readers: [],
    laneRingBytes: 2 ** 22,
    committedRingBytes: 2 ** 20,
    limits: DEFAULT_LIMITS,
    retention: { maxBytes: Infinity, maxAgeMs: Infinity, budgetBytes: Infinity, everyMs: 60_000 },
    untilFinished: false,
    logLevel: 'error',
  }
}

const silent = {
  onRestart: (unit: string, failure: { reason: string }) => console.error(`${unit}: ${failure.reason}`),
  onHealth() {},
  onListening() {},
  onFatal(error: Error) {
    throw error
  },
  onTailCut() {},
  onFinished() {},
  onStuck(): never {
    throw new Error('stuck')
  },
}
