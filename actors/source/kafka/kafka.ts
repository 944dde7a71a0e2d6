/**
 * Reads topics from Kafka.
 *
 * *Delivery guarantees.* With partitions of its own exactly once: where it is stands in the log (`place.ts`), and is what counts
 * after a restart. In a consumer group at least once: what the log has committed is told to the group from time to time and at
 * the end, and whoever gets a partition then goes on there.
 *
 * When the brokers cannot be reached it tries again, for ever; nothing is lost meanwhile that they keep.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { SkeinError } from '../../../engine/errors.ts'
import { logIdOf } from '../../../engine/log/index.ts'
import { defineSource, type SourceContext, type SourceOutcome } from '../source.ts'
import { type KafkaSourceCounters, kafkaSourceCounters } from './kafka-counters.ts'
import { MessageIntake, type MessageRules, rowsPerMessage } from './message-intake.ts'
import { Place } from './place.ts'
import { isKafkas, Session } from './session.ts'
import type { KafkaSourceSettings } from './spec.ts'

export interface KafkaSourceOptions extends MessageRules {
  /** `KafkaSourceSettings`, packed. */
  readonly settings: unknown
  /** The log's. */
  readonly directory: string
}

const CLOCK_EVERY_MS = 1000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** At the end so long is waited for the last commit, before the group is told of it. */
const LAST_COMMIT_MS = 1000

class KafkaSource {
  readonly #context: SourceContext<KafkaSourceOptions>
  readonly #settings: KafkaSourceSettings
  readonly #counters: KafkaSourceCounters
  readonly #place: Place
  readonly #intake: MessageIntake
  /** The end of what is being published. */
  #published: Promise<void> = Promise.resolve()
  #toldMs = 0
  #pauseMs = FIRST_PAUSE_MS

  constructor(context: SourceContext<KafkaSourceOptions>) {
    const { options } = context
    this.#context = context
    this.#settings = unpackSecrets(options.settings) as KafkaSourceSettings
    this.#counters = kafkaSourceCounters.attach(options.counters)
    const isExact = this.#settings.group === undefined
    this.#place = new Place(context.committed(), rowsPerMessage(options.format), isExact)
    this.#intake = new MessageIntake(context, this.#place)
  }

  async run(): Promise<SourceOutcome> {
    const { signal } = this.#context
    const clock = setInterval(() => this.#tellTime(), CLOCK_EVERY_MS)
    try {
      while (!signal.aborted) {
        try {
          await this.#connected(signal)
        } catch (error) {
          if (error instanceof SkeinError) return { parked: error, isFatal: false }
          if (!isKafkas(error)) throw error
          await this.#pauseAfter(error, signal)
        }
      }
      return 'stopped'
    } finally {
      clearInterval(clock)
      await this.#published
    }
  }

  async #connected(signal: AbortSignal): Promise<void> {
    const session = new Session({
      settings: this.#settings,
      groupId: this.#settings.group ?? this.#ownGroup(),
      place: this.#place,
      counters: this.#counters,
      log: this.#context.log,
      take: (...messages) => this.#inTurn(() => this.#intake.take(...messages)),
      joined: () => this.#joined(),
    })
    const committing = this.#settings.group === undefined ? null : this.#tellGroupOf(session)
    try {
      await session.run(signal)
      if (committing !== null) await this.#tellLast(session)
    } finally {
      if (committing !== null) clearInterval(committing)
      await session.close()
    }
  }

  /** Another one each time: of a process that was killed the brokers expect for a while that it comes back to its own. */
  #ownGroup(): string {
    const { name, options } = this.#context
    return `skein-${logIdOf(options.directory)}-${name}-${randomUUID()}`
  }

  #joined(): void {
    this.#pauseMs = FIRST_PAUSE_MS
    this.#context.health(null)
    void this.#inTurn(() => this.#intake.tell()) // where it begins is kept from now on
  }

  #tellGroupOf(session: Session): NodeJS.Timeout {
    return setInterval(() => {
      session.commit(this.#committedOffsets()).catch((error) => this.#noteFailure(error))
    }, this.#settings.commitEvery)
  }

  async #tellLast(session: Session): Promise<void> {
    await this.#published
    await this.#context.settled(AbortSignal.timeout(LAST_COMMIT_MS))
    await session.commit(this.#committedOffsets()).catch((error) => this.#noteFailure(error))
  }

  #committedOffsets(): Place['offsets'] {
    return new Place(this.#context.committed(), 1, false).offsets
  }

  async #pauseAfter(error: Error, signal: AbortSignal): Promise<void> {
    this.#noteFailure(error)
    this.#context.health(`${this.#settings.brokers}: ${error.message}`)
    await delay(this.#pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {}) // the caller sees it
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS)
  }

  #noteFailure(error: Error): void {
    this.#counters.failures.add(1)
    this.#context.log.debug('the brokers failed', { error })
  }

  /** What has gone silent is noticed because time goes on. */
  #tellTime(): void {
    if (Date.now() - this.#toldMs < CLOCK_EVERY_MS || this.#context.signal.aborted) return
    void this.#inTurn(() => this.#intake.tell())
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#published.then(work).then(() => {
      this.#toldMs = Date.now()
    })
    this.#published = done.catch(() => {}) // whoever waits for it hears of it
    return done
  }
}

export default defineSource<KafkaSourceOptions>({
  kind: 'kafka',
  run: async (context) => {
    // What an earlier try has published is in the ring: it is to be known how far that came.
    await context.settled(context.signal)
    return context.signal.aborted ? 'stopped' : new KafkaSource(context).run()
  },
})
