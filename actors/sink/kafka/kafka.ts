/**
 * The kafka sink: a log reader that sends topics to Kafka.
 *
 *   open ──► read frames ──► one transaction of records and the place behind them ──► …
 *    ▲           the next one is put together while one is on its way
 *    └── whatever goes wrong, an unknown outcome included: begin anew, behind what is in Kafka
 *
 * Guarantee: each record exactly once, in the order of the log for each key, for consumers that read what is committed; at
 * least once without transactions. A sink that is behind holds up nobody: the log is kept for it, within the disk budget.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { SkeinError } from '../../../engine/errors.ts'
import { CommittedReader, logIdOf, makeCommittedState, newestSnapshot } from '../../../engine/log/index.ts'
import { defineCounters } from '../../../engine/memory/counters.ts'
import { Frame } from '../../../engine/records/index.ts'
import { type ActorContext, defineActor, type EventedActor } from '../../../engine/runtime/actor.ts'
import { sourcesIn } from '../../../schemas/topic-sources.ts'
import { topicsOf } from '../../../schemas/topics.ts'
import { Batch } from './batch.ts'
import { type KafkaClient, KafkaFailure, type Opened, type TopicShape } from './client.ts'
import { KafkaJsClient } from './kafkajs-client.ts'
import { PlaceFile } from './place-file.ts'
import { type Route, routesTo, wantedTopics } from './routes.ts'
import type { KafkaSettings } from './spec.ts'

export interface KafkaOptions {
  /** `KafkaSettings`, packed. */
  readonly settings: unknown
}

/** How long frames are taken before messages, timers and the network get a turn. */
const TURN_MS = 20
const FRAMES_BETWEEN_LOOKS = 256
/** Between two tries to open, the first and the longest. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** The end of a stretch of the log of which nothing is sent is sent so often. */
const PLACE_EVERY_MS = 10_000
/** After a failure, such as that of a leader that moves, others are expected for so long. */
const APART_MS = 60_000
const DRAIN_PATIENCE_MS = 5000
const WAIT_MS = 1000

const kafkaCounters = defineCounters({
  counters: ['records', 'bytes', 'transactions', 'failures', 'too_large', 'gaps'],
  gauges: ['lag_bytes', 'lag_records', 'lag_ms'],
  histograms: ['send_us', 'batch_records'],
})

class KafkaSink implements EventedActor {
  readonly #context: ActorContext<KafkaOptions>
  readonly #settings: KafkaSettings
  readonly #counters
  readonly #reader: CommittedReader
  readonly #frame: Frame
  readonly #routes: readonly Route[]
  readonly #file: PlaceFile
  readonly #state = makeCommittedState()
  readonly #shapes = new Map<string, TopicShape>()
  #isSending = false
  #pauseMs = FIRST_PAUSE_MS
  #failedAtMs = Number.NEGATIVE_INFINITY
  #sentAtMs = performance.now()
  #sentPosition = 0
  #drainUntilMs = Number.POSITIVE_INFINITY
  #isStopped = false

  constructor(context: ActorContext<KafkaOptions>) {
    const { directory, name, committedRing, committed, options, status } = context
    this.#context = context
    this.#settings = unpackSecrets(options.settings) as KafkaSettings
    this.#counters = kafkaCounters.attach(context.counters)
    this.#reader = new CommittedReader(directory, committedRing, committed)
    this.#frame = new Frame(this.#reader.memory)
    this.#routes = routesTo(topicsOf(sourcesIn(directory)), this.#settings.topics)
    this.#file = new PlaceFile(directory, name)
    status.needsFrom = this.#file.position
  }

  async run(): Promise<void> {
    try {
      await this.#untilThereIsALog()
      while (!this.#isOver() && !(await this.#tryToForward())) await this.#pause()
      const { lagBytes } = this.#reader
      if (lagBytes > 0) this.#context.log.info('Kafka is behind; the next start goes on with it', { lagBytes })
    } finally {
      this.#reader.close()
    }
  }

  drain(): void {
    this.#drainUntilMs = performance.now() + DRAIN_PATIENCE_MS
  }

  stop(): void {
    this.#isStopped = true
  }

  #isOver(): boolean {
    return this.#isStopped || performance.now() > this.#drainUntilMs
  }

  #isDrained(): boolean {
    const isDraining = this.#drainUntilMs !== Number.POSITIVE_INFINITY
    return isDraining && this.#context.upstreamIsDone() && !this.#reader.hasNews()
  }

  /** Ends early when there is no time left. */
  async #pause(): Promise<void> {
    const endsMs = performance.now() + this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs)
    while (performance.now() < endsMs && !this.#isOver()) await pause(Math.min(WAIT_MS, endsMs - performance.now()))
  }

  async #untilThereIsALog(): Promise<void> {
    while (logIdOf(this.#context.directory) === null && !this.#isOver() && !this.#isDrained())
      await this.#reader.wait(this.#context.bell, WAIT_MS)
  }

  /** Opens, and sends until the end. Whether that is reached; if not, it begins anew. */
  async #tryToForward(): Promise<boolean> {
    const client = this.#newClient()
    try {
      const first = this.#begin(await client.open())
      this.#health(null)
      await this.#forward(client, first)
      return true
    } catch (error) {
      if (!(error instanceof KafkaFailure)) throw error
      this.#failedAtMs = performance.now()
      this.#counters.failures.add(1)
      const { brokers } = this.#settings
      const { name, log } = this.#context
      const unavailable = new SkeinError('SKEIN_SINK_UNAVAILABLE', {
        sink: name,
        brokers,
        reason: (error as Error).message,
      })
      log.warn('Kafka does not take what is sent; it is tried again', { error: unavailable })
      this.#health(unavailable.message)
      return false
    } finally {
      await client.close()
    }
  }

  #newClient(): KafkaClient {
    const { directory, name, log } = this.#context
    const { offsets, delivery, topics } = this.#settings
    const options = {
      ...this.#settings,
      id: `skein-${logIdOf(directory)}-${name}`,
      isTransactional: delivery === 'exactly-once',
      isApart: performance.now() - this.#failedAtMs < APART_MS,
      topics: wantedTopics(this.#routes, topics),
      offsetsTopic: offsets,
    }
    return new KafkaJsClient(options, log)
  }

  /** Goes to where Kafka has come. Returns what is to be sent before anything else. */
  #begin({ place, topics }: Opened): Batch {
    const { committed, status, name, log } = this.#context
    for (const [topic, shape] of topics) this.#shapes.set(topic, shape)
    const end = committed.read(this.#state).position
    if (place === null && this.#file.isUsed)
      throw new SkeinError('SKEIN_SINK_OFFSET', {
        sink: name,
        problem: 'it is not there any more',
        file: this.#file.path,
      })
    if (place !== null && place.position > end)
      throw new SkeinError('SKEIN_SINK_OFFSET', {
        sink: name,
        problem: 'it is behind the end of the log',
        offset: place.position,
        end,
      })
    try {
      this.#reader.seek(place ?? 'oldest')
    } catch (error) {
      if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_GONE')) throw error
      log.error('records were deleted from the log before they were sent', { error })
      this.#counters.gaps.add(1)
      this.#reader.seek('oldest')
    }
    const { position } = this.#reader.mark
    status.needsFrom = position
    this.#sentPosition = position
    const fresh = this.#routes.filter(({ topic, name }) => topic.kind === 'compacted' && !place?.topics.includes(name))
    return this.#stateFor(position > 0 ? fresh : [])
  }

  /** What a compacted topic that begins late would have of what is gone from the log. */
  #stateFor(routes: readonly Route[]): Batch {
    const batch = new Batch()
    if (routes.length === 0) return batch
    const { directory, log, committed } = this.#context
    const snapshot = newestSnapshot(directory, {
      logId: logIdOf(directory)!,
      atMost: committed.read(this.#state).position,
      onUnusable: (error) => log.warn('a snapshot is passed over', { error }),
    })
    snapshot?.forEachRow((frame) => batch.take(frame, routes, this.#shapes))
    snapshot?.close()
    return batch
  }

  /** Sends what is in the log until there is nothing more to come. Rejects with what goes wrong. */
  async #forward(client: KafkaClient, first: Batch): Promise<void> {
    let sending: Promise<Error | null> = Promise.resolve(null)
    for (let batch = first; ; batch = new Batch()) {
      await this.#fill(batch)
      const failure = await this.#orOver(sending)
      if (failure !== null) throw failure
      if (this.#isOver()) return
      if (batch.records + batch.refused === 0 && !this.#hasMoved()) {
        if (this.#isDrained()) return
        continue
      }
      sending = this.#send(client, batch)
    }
  }

  /** Takes frames until the batch is to go: it is full, or it is time and none is on its way. */
  async #fill(batch: Batch): Promise<void> {
    const { batch: mostBytes, linger } = this.#settings
    while (!this.#isOver() && batch.bytes < mostBytes) {
      if (this.#takeFrames(batch, mostBytes)) await turn()
      else if (this.#isDrained()) return
      const placeDueMs = this.#hasMoved() ? this.#sentAtMs + PLACE_EVERY_MS : Number.POSITIVE_INFINITY
      const dueMs = Math.min(batch.beganMs + linger, placeDueMs) - performance.now()
      if (dueMs <= 0 && !this.#isSending) return
      if (!this.#reader.hasNews())
        await this.#reader.wait(this.#context.bell, dueMs > 0 ? Math.min(dueMs, WAIT_MS) : WAIT_MS)
    }
  }

  #hasMoved(): boolean {
    return this.#reader.mark.position !== this.#sentPosition
  }

  /** Whether there were any. */
  #takeFrames(batch: Batch, mostBytes: number): boolean {
    if (this.#reader.poll() === 0) return false
    const { status, failpoints } = this.#context
    const endsAt = performance.now() + TURN_MS
    do {
      for (let i = 0; i < FRAMES_BETWEEN_LOOKS; i++) {
        const offset = this.#reader.next()
        if (offset < 0) break
        const frame = this.#frame.over(this.#reader.memory, offset)
        status.note(frame.sourceId, frame.position)
        failpoints.hit('reader.handler')
        batch.take(frame, this.#routes, this.#shapes)
      }
    } while (performance.now() < endsAt && batch.bytes < mostBytes && this.#reader.poll() > 0)
    status.clearNote()
    return true
  }

  /** Never rejects: resolves with what went wrong. */
  async #send(client: KafkaClient, batch: Batch): Promise<Error | null> {
    const { position, frames } = this.#reader.offset
    const { sequence, clock } = this.#reader.mark
    const startedMs = performance.now()
    this.#isSending = true
    try {
      const requests = await batch.requests((topic) => this.#shapeOf(client, topic))
      await client.send(requests, { position, frames, topics: this.#routes.map(({ name }) => name) })
      const endedMs = performance.now()
      this.#sentAtMs = endedMs
      this.#sentPosition = position
      this.#pauseMs = FIRST_PAUSE_MS
      this.#note(position, endedMs)
      this.#count(batch, endedMs - startedMs, sequence, clock)
      return null
    } catch (error) {
      return error as Error
    } finally {
      this.#isSending = false
      this.#context.bells.ring(this.#context.bell.index) // it is time to look
    }
  }

  /** A disk that refuses it costs some log that is kept for longer. */
  #note(position: number, nowMs: number): void {
    this.#context.status.needsFrom = position
    try {
      this.#file.note(position, nowMs)
    } catch (error) {
      this.#context.log.warn('the place of the sink could not be noted', { error: SkeinError.from(error) })
    }
  }

  async #shapeOf(client: KafkaClient, topic: string): Promise<TopicShape> {
    let shape = this.#shapes.get(topic)
    if (shape === undefined) this.#shapes.set(topic, (shape = await client.addTopic(topic)))
    return shape
  }

  #count(batch: Batch, tookMs: number, sequence: number, clock: number): void {
    const counters = this.#counters
    const end = this.#context.committed.read(this.#state)
    counters.records.add(batch.records)
    counters.bytes.add(batch.bytes)
    counters.too_large.add(batch.refused)
    counters.transactions.add(1)
    counters.send_us.record(tookMs * 1000)
    counters.batch_records.record(batch.records)
    counters.lag_bytes.set(this.#reader.lagBytes)
    counters.lag_records.set(end.sequence - sequence)
    counters.lag_ms.set(clock > 0 ? end.clock - clock : 0)
  }

  /** Not waited for any longer than there is time. */
  async #orOver(sending: Promise<Error | null>): Promise<Error | null> {
    while (!this.#isOver()) {
      const ended = await Promise.race([sending.then((failure) => ({ failure })), pause(WAIT_MS, null, { ref: false })])
      if (ended !== null) return ended.failure
    }
    return null
  }

  #health(problem: string | null): void {
    const { name, report } = this.#context
    report({ type: 'health', component: name, problem })
  }
}

export default defineActor<KafkaOptions>({
  kind: 'kafka',
  blocking: false,
  setup: (context) => new KafkaSink(context),
})
