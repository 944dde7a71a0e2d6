/**
 * What a running engine has to tell: every actor's counters, the rings' fill, the committed ledger, restarts, health.
 *
 * All of it is read from shared memory and from the log's last barrier, so an actor that hangs is shown all the same.
 */
import { parse } from 'node:path'
import type { Ring } from '../memory/ring.ts'
import { type Barrier, Count, ledgerOf } from '../records/index.ts'
import type { Engine } from '../runtime/engine.ts'
import { JOURNAL, SHARD } from '../runtime/memory-map.ts'
import { sourceThreadsOf } from '../runtime/plan.ts'
import { CounterBlockSource, gauge, type MetricFamily, type MetricsSource } from './metrics-source.ts'

export function engineSources(engine: Engine): MetricsSource[] {
  return [
    ...counterSources(engine),
    { collect: () => ringFamilies(namedRings(engine)) },
    { collect: () => actorFamilies(engine) },
    { collect: () => ledgerFamilies(engine, engine.committedBarrier()) },
  ]
}

interface NamedActor {
  name: string
  /** In the memory map. */
  index: number
  /** What its metrics are named after: the file that it is found by, as names are a configuration's. */
  part: string
}

function actorsOf({ plan, supervisor }: Engine): NamedActor[] {
  const { memory } = supervisor
  const actor = (name: string, module: string, index: number) => ({ name, index, part: partOf(module) })
  const numbered = (count: number, make: (n: number) => NamedActor) => Array.from({ length: count }, (_, n) => make(n))
  return [
    actor(plan.shard.name, plan.shard.module, SHARD),
    ...numbered(plan.dedupe.lanes, (n) => actor(`${plan.dedupe.name}-${n}`, plan.dedupe.module, memory.lane(n))),
    actor(plan.journal.name, plan.journal.module, JOURNAL),
    ...numbered(sourceThreadsOf(plan), (n) => actor(`sources-${n}`, plan.sourceThread.module, memory.sourceThread(n))),
    ...plan.readers.map(({ name, module }, n) => actor(name, module, memory.reader(n))),
  ]
}

const partOf = (module: string): string => parse(module).name.replaceAll('-', '_')

function counterSources(engine: Engine): MetricsSource[] {
  const blocks = engine.supervisor.memory.counters
  return actorsOf(engine).map(({ name, index, part }) => new CounterBlockSource(part, blocks[index]!, { actor: name }))
}

function namedRings({ supervisor }: Engine): [name: string, ring: Ring][] {
  const { memory } = supervisor
  return [
    ...supervisor.sources.all.map(({ plan, ring }): [string, Ring] => [`source_${plan.name}`, ring]),
    ...memory.laneRings.map((ring, n): [string, Ring] => [`lane_${n}`, ring]),
    ...memory.verdictRings.map((ring, n): [string, Ring] => [`verdict_${n}`, ring]),
  ]
}

function ringFamilies(rings: readonly [name: string, ring: Ring][]): MetricFamily[] {
  const sample = (value: (ring: Ring) => number) =>
    rings.map(([name, ring]) => ({ labels: { ring: name }, value: value(ring) }))
  return [
    {
      name: 'skein_ring_used_bytes',
      help: 'Bytes of a ring that its producer cannot reuse yet.',
      kind: 'gauge',
      samples: sample((ring) => ring.usedBytes),
    },
    {
      name: 'skein_ring_capacity_bytes',
      help: 'Size of a ring.',
      kind: 'gauge',
      samples: sample((ring) => ring.capacityBytes),
    },
  ]
}

function actorFamilies(engine: Engine): MetricFamily[] {
  const { board } = engine.supervisor.memory
  return [
    {
      name: 'skein_actor_state',
      help: 'State of an actor: 0 starting, 1 running, 2 draining, 3 stopped.',
      kind: 'gauge',
      samples: actorsOf(engine).map(({ name, index }) => ({ labels: { actor: name }, value: board.at(index).state })),
    },
    {
      name: 'skein_actor_heartbeats_total',
      help: 'Rounds of work and waits of an actor; modulo 2^32.',
      kind: 'counter',
      samples: actorsOf(engine).map(({ name, index }) => ({
        labels: { actor: name },
        value: board.at(index).heartbeat >>> 0,
      })),
    },
    {
      name: 'skein_engine_restarts_total',
      help: 'How often actors that fail together were started again.',
      kind: 'counter',
      samples: [...engine.restarts].map(([unit, value]) => ({ labels: { unit }, value })),
    },
    {
      name: 'skein_source_parked',
      help: 'Whether a source has failed too often, or must not go on as it is: 1 for such.',
      kind: 'gauge',
      samples: engine.supervisor.sources.all.map(({ plan: { name } }) => ({
        labels: { source: name },
        value: engine.supervisor.parkedSources.has(name) ? 1 : 0,
      })),
    },
    gauge('skein_log_bytes', 'Size of the log on disk.', engine.logBytes),
    gauge(
      'skein_log_budget_bytes',
      'At this size sources wait rather than lose what somebody needs.',
      engine.plan.retention.budgetBytes,
    ),
    {
      name: 'skein_engine_degraded',
      help: '1 for a component that has a problem; /ready says which.',
      kind: 'gauge',
      samples: [...engine.health.keys()].map((component) => ({ labels: { component }, value: 1 })),
    },
  ]
}

/** The committed ledger: a crash rolls these counts back with the data, so they are what is on disk. */
function ledgerFamilies(engine: Engine, barrier: Barrier): MetricFamily[] {
  const ledgers = [...barrier.sources.values()].map(({ sourceId, counts, clockOffsetMs }) => ({
    source: engine.sources.get(sourceId)?.name ?? String(sourceId),
    ledger: ledgerOf(counts),
    alone: counts[Count.alone]!,
    clockOffsetMs,
  }))
  const verdicts = ['accepted', 'duplicate', 'late', 'dead_lettered', 'dropped'] as const
  return [
    {
      name: 'skein_ledger_received_records_total',
      help: 'Records that a source has yielded, as committed.',
      kind: 'counter',
      samples: ledgers.map(({ source, ledger }) => ({ labels: { source }, value: ledger.received })),
    },
    {
      name: 'skein_ledger_judged_records_total',
      help: 'What became of them.',
      kind: 'counter',
      samples: ledgers.flatMap(({ source, ledger }) =>
        verdicts.map((verdict) => ({ labels: { source, verdict }, value: ledger[verdict] })),
      ),
    },
    {
      name: 'skein_ledger_discarded_records_total',
      help: 'Records that were left out, by reason.',
      kind: 'counter',
      samples: ledgers.flatMap(({ source, ledger }) =>
        Object.entries(ledger.discarded).map(([reason, value]) => ({ labels: { source, reason }, value })),
      ),
    },
    {
      name: 'skein_ledger_alone_records_total',
      help: 'Accepted records of keys that no other live source has mentioned of late.',
      kind: 'counter',
      samples: ledgers.map(({ source, alone }) => ({ labels: { source }, value: alone })),
    },
    {
      name: 'skein_ledger_clock_offset_seconds',
      help: 'By how much the clock of a live source is held to be ahead of the others; its records are corrected by it.',
      kind: 'gauge',
      samples: ledgers.map(({ source, clockOffsetMs }) => ({ labels: { source }, value: clockOffsetMs / 1000 })),
    },
    {
      name: 'skein_log_barriers_total',
      help: 'Barriers in the log.',
      kind: 'counter',
      samples: [{ labels: {}, value: barrier.number }],
    },
    {
      name: 'skein_log_sequence',
      help: 'The last sequence number in the log.',
      kind: 'gauge',
      samples: [{ labels: {}, value: barrier.sequence }],
    },
  ]
}
