/** What the flight producer that this replaces told of itself, by its names, for dashboards and alerts that read them. */
import { FAILURE_CLASSES } from '../actors/source/http/failures.ts'
import { CounterReader } from '../engine/memory/counters.ts'
import { AdminServer } from '../engine/ops/admin-server.ts'
import { Metrics } from '../engine/ops/metrics.ts'
import { counter, gauge, type MetricFamily, type MetricsSource } from '../engine/ops/metrics-source.ts'
import { readinessOf } from '../engine/ops/readiness.ts'
import type { Engine } from '../engine/runtime/engine.ts'
import { KafkaMetrics } from './kafka-metrics.ts'
import { ledgerLine } from './ledger-lines.ts'
import type { Polling } from './polling.ts'
import { VERSION } from './version.ts'

/** Serves them on a port of their own. Throws `SKEIN_OPS_PORT`. */
export async function serveProducerMetrics(engine: Engine, polling: Polling, host: string, port: number) {
  const metrics = new Metrics([new ProducerMetrics(engine, polling), new KafkaMetrics(engine)])
  const server = new AdminServer({
    version: { skein: VERSION },
    readiness: () => readinessOf(engine.state, [], engine.health),
    metrics: () => metrics.text(),
  })
  return { server, url: await server.listen(host, port) }
}

export class ProducerMetrics implements MetricsSource {
  readonly #engine: Engine
  readonly #polling: Polling

  constructor(engine: Engine, polling: Polling) {
    this.#engine = engine
    this.#polling = polling
  }

  collect(): MetricFamily[] {
    const polling = this.#polling
    const { accepted, dead_lettered } = ledgerLine(this.#engine.committedBarrier())
    const polls = [
      { labels: { status: 'success' }, value: polling.total('answers') + polling.total('unchanged') },
      { labels: { status: 'error' }, value: polling.total('failures') + polling.total('refused_bodies') },
    ]
    const errors = FAILURE_CLASSES.map((failure) => ({
      labels: { error_type: failure },
      value: polling.total(`failed_${failure}`),
    }))
    return [
      { name: 'producer_polls_total', help: 'Polls, by how they ended.', kind: 'counter', samples: polls },
      {
        name: 'producer_poll_latency_seconds',
        help: 'How long polls took, retries included.',
        kind: 'histogram',
        samples: polling.latencies(),
      },
      {
        name: 'producer_flights_published_total',
        help: 'Flights that went to a topic.',
        kind: 'counter',
        samples: [{ labels: { topic: 'flights.updates' }, value: accepted }],
      },
      { name: 'producer_api_errors_total', help: 'Requests that failed, by class.', kind: 'counter', samples: errors },
      counter('producer_deadletter_total', 'Records that were refused.', dead_lettered),
      gauge('producer_current_flights', 'Aircraft that are known now.', this.#currentFlights()),
    ]
  }

  #currentFlights(): number {
    const { plan, supervisor } = this.#engine
    const lanes = Array.from({ length: plan.dedupe.lanes }, (_, lane) => supervisor.memory.lane(lane))
    return lanes.reduce((sum, lane) => sum + new CounterReader(supervisor.memory.counters[lane]!).value('keys'), 0)
  }
}
