/** What senders to Kafka told of themselves in the systems that this replaces, by their names. */
import { kafkaSpec } from '../actors/sink/kafka/spec.ts'
import { CounterReader } from '../engine/memory/counters.ts'
import { counter, gauge, type MetricFamily, type MetricsSource } from '../engine/ops/metrics-source.ts'
import type { Engine } from '../engine/runtime/engine.ts'

/** A rate is over so long at least, however often it is asked for. */
const LEAST_WINDOW_MS = 1000

export class KafkaMetrics implements MetricsSource {
  readonly #engine: Engine
  readonly #nowMs: () => number
  #before: { sent: number; atMs: number }
  #perSecond = 0

  constructor(engine: Engine, nowMs: () => number = () => performance.now()) {
    this.#engine = engine
    this.#nowMs = nowMs
    this.#before = { sent: 0, atMs: nowMs() }
  }

  /** Nothing where nothing is sent to Kafka. */
  collect(): MetricFamily[] {
    const sinks = this.#sinks()
    if (sinks.length === 0) return []
    const sent = sinks.reduce((sum, { counters }) => sum + counters.value('records'), 0)
    this.#measure(sent)
    const latencies = sinks.flatMap(({ name, counters }) =>
      counters
        .readings()
        .flatMap((one) =>
          one.kind === 'histogram' && one.name === 'send_us'
            ? [{ labels: { sink: name }, snapshot: one.snapshot }]
            : [],
        ),
    )
    return [
      counter('kafka_messages_sent_total', 'Records that the brokers have acknowledged.', sent),
      {
        name: 'kafka_send_latency_seconds',
        help: 'How long a batch took, from being sent to being acknowledged.',
        kind: 'histogram',
        samples: latencies,
      },
      gauge('kafka_throughput_rps', 'Records a second since this was asked for last.', this.#perSecond),
    ]
  }

  #measure(sent: number): void {
    const atMs = this.#nowMs()
    const windowMs = atMs - this.#before.atMs
    if (windowMs < LEAST_WINDOW_MS) return
    this.#perSecond = (1000 * (sent - this.#before.sent)) / windowMs
    this.#before = { sent, atMs }
  }

  #sinks(): { name: string; counters: CounterReader }[] {
    const { plan, supervisor } = this.#engine
    const { memory } = supervisor
    return [...plan.readers.entries()]
      .filter(([, { module }]) => module === kafkaSpec.module)
      .map(([index, { name }]) => ({ name, counters: new CounterReader(memory.counters[memory.reader(index)]!) }))
  }
}
