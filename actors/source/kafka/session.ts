/**
 * One connection to the brokers, from joining to whatever ends it: partitions are given out, messages come, batch by batch.
 *
 *   join ──► settle: where each partition goes on ──► batches …          when partitions are given out anew: settle again
 *
 * kafkajs (2.2.4) forgets where a consumer was whenever it joins again, as after a leader has moved, and goes on where the group
 * stands, or at the topic's end. So each time it is told. Its heartbeats go on while a ring is full.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Admin, AssignerProtocol, type Consumer, type EachBatchPayload, type PartitionAssigner } from 'kafkajs'
import { SkeinError } from '../../../engine/errors.ts'
import type { WorkerLog } from '../../../engine/ops/worker-log.ts'
import { kafkaFor } from '../../kafka/connection.ts'
import type { KafkaSourceCounters } from './kafka-counters.ts'
import type { Message } from './message-intake.ts'
import type { Place } from './place.ts'
import { type KafkaSourceSettings, MOST_PARTITIONS } from './spec.ts'

export interface SessionParts {
  readonly settings: KafkaSourceSettings
  /** Of the group; one that nobody else has when partitions are not shared. */
  readonly groupId: string
  readonly place: Place
  readonly counters: KafkaSourceCounters
  readonly log: WorkerLog
  /** Publishes `messages[from, to)`. */
  take(topic: string, partition: number, messages: readonly Message[], from: number, to: number): Promise<void>
  /** Called when the partitions are known and all is well. */
  joined(): void
}

/** At most so much is taken at a time, and then told. */
const MOST_MESSAGES = 500
const MOST_BYTES = 1 << 19
/** A fetch waits so long for messages at the broker; a disconnection waits as long for it. */
const WAIT_MS = 250
const HEARTBEAT_MS = 3000
const RETRY = { retries: 5, initialRetryTime: 50, maxRetryTime: 2000 }
/** Of a watch: how many times a partition is looked at before it counts as stalled. */
const LOOKS = 3

interface Watched {
  next: number
  high: number
  sinceMs: number
}

export class Session {
  readonly #parts: SessionParts
  readonly #admin: Admin
  readonly #consumer: Consumer
  readonly #failed = Promise.withResolvers<never>()
  readonly #watched = new Map<string, Watched>()
  /** The partitions that are this one's, by topic. */
  #assigned: Readonly<Record<string, readonly number[]>> = {}
  /** Resolves when it is known where they go on. */
  #settled: Promise<void> = Promise.resolve()
  #busy: Promise<void> = Promise.resolve()
  #isBusy = false
  #isOver = false

  constructor(parts: SessionParts) {
    const { settings, groupId, log } = parts
    this.#parts = parts
    const kafka = kafkaFor(settings, RETRY, log)
    this.#admin = kafka.admin()
    this.#consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: WAIT_MS,
      sessionTimeout: settings.sessionTimeout,
      heartbeatInterval: Math.min(HEARTBEAT_MS, settings.sessionTimeout / 3),
      retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
      ...(settings.group === undefined && { partitionAssigners: [allOf(settings.partitions!)] }),
    })
    this.#failed.promise.catch(() => {}) // whoever runs it hears of it
  }

  /** Until the signal is aborted. Rejects with what went wrong. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = aborted(signal)
    try {
      await Promise.race([stopped, this.#failed.promise, this.#connect()])
      await Promise.race([stopped, this.#failed.promise, this.#watch(signal)])
    } finally {
      this.#isOver = true
      await this.#busy
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()])
  }

  /** Tells the group that all before these offsets is safe. */
  async commit(offsets: Place['offsets']): Promise<void> {
    const told = [...offsets].flatMap(([topic, partitions]) =>
      [...partitions]
        .filter(([partition]) => this.#isAssigned(topic, partition))
        .map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    )
    if (told.length === 0) return
    await this.#consumer.commitOffsets(told)
    this.#parts.counters.group_commits.add(1)
  }

  async #connect(): Promise<void> {
    const consumer = this.#consumer
    const { topics } = this.#parts.settings
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#join(payload.memberAssignment))
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#failed.reject(payload.error))
    await this.#admin.connect()
    await this.#admin.fetchTopicMetadata({ topics }) // a topic that is not there is refused here
    await consumer.connect()
    await consumer.subscribe({ topics, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => {
        this.#busy = this.#takeBatch(payload)
        return this.#busy
      },
    })
  }

  #join(assigned: Readonly<Record<string, readonly number[]>>): void {
    const { counters } = this.#parts
    this.#assigned = assigned
    counters.joins.add(1)
    counters.partitions.set(Object.values(assigned).reduce((sum, { length }) => sum + length, 0))
    this.#settled = this.#settle()
    this.#settled.catch((error) => this.#failed.reject(error))
  }

  /** Finds where each partition goes on, and says so. */
  async #settle(): Promise<void> {
    const { settings, place, groupId, joined } = this.#parts
    const topics = Object.keys(this.#assigned)
    const count = Object.values(this.#assigned).reduce((sum, { length }) => sum + length, 0)
    if (count > MOST_PARTITIONS)
      throw new SkeinError('SKEIN_SOURCE_PLACE', { problem: `${count} partitions; at most ${MOST_PARTITIONS}` })
    if (settings.group !== undefined) place.keepOnly((topic, partition) => this.#isAssigned(topic, partition))
    const told = settings.group === undefined ? null : await this.#admin.fetchOffsets({ groupId, topics })
    for (const topic of topics) {
      const ends = await this.#admin.fetchTopicOffsets(topic)
      for (const partition of this.#assigned[topic]!) {
        const { low, high } = ends.find((one) => one.partition === partition)!
        const ofGroup = Number(
          told?.find((one) => one.topic === topic)?.partitions.find((one) => one.partition === partition)?.offset ?? -1,
        )
        this.#settlePartition(topic, partition, ofGroup, Number(low), Number(high))
      }
    }
    this.#holdOthers()
    joined()
  }

  /** `ofGroup`: where the group stands, -1 for nowhere. */
  #settlePartition(topic: string, partition: number, ofGroup: number, low: number, high: number): void {
    const { settings, place, counters, log } = this.#parts
    const known = place.next(topic, partition)
    const first = settings.startAt === 'earliest' ? low : high
    const next = known === undefined && ofGroup < 0 ? first : Math.max(known ?? 0, ofGroup)
    if (next > high) throw new SkeinError('SKEIN_SOURCE_PLACE', { topic, partition, next, end: high })
    if (next < low) {
      counters.missed.add(low - next)
      log.error('messages were gone before they were read: the topic keeps them for too short a time', {
        topic,
        partition,
        missed: low - next,
      })
    }
    place.set(topic, partition, Math.max(next, low))
    this.#watched.set(`${topic}/${partition}`, { next, high, sinceMs: Date.now() })
    this.#consumer.seek({ topic, partition, offset: String(Math.max(next, low)) })
  }

  /** The rest of what was being taken comes first, if there is any. */
  #holdOthers(): void {
    const { place } = this.#parts
    if (place.redo === null) return
    const { topic, partition, upTo } = place.redo
    const watched = this.#watched.get(`${topic}/${partition}`)
    if (
      watched === undefined ||
      watched.high <= place.next(topic, partition)! ||
      place.next(topic, partition)! > upTo
    ) {
      place.giveUpRedo()
      return
    }
    this.#consumer.pause(
      Object.entries(this.#assigned).map(([one, partitions]) => ({
        topic: one,
        partitions: partitions.filter((other) => one !== topic || other !== partition),
      })),
    )
  }

  #letOthers(): void {
    const paused = this.#consumer.paused()
    if (paused.length > 0) this.#consumer.resume(paused)
  }

  async #takeBatch({ batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    await this.#settled
    const { topic, partition, messages } = batch
    const { place, counters, take } = this.#parts
    const isOver = () => this.#isOver || !isRunning() || isStale()
    if (isOver()) return
    const beating = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_MS) // a failure is noticed below
    this.#isBusy = true
    try {
      let at = messages.findIndex(({ offset }) => Number(offset) >= place.next(topic, partition)!)
      if (at < 0) at = messages.length
      counters.repeated.add(at)
      while (at < messages.length && !isOver()) {
        const end = endOfPart(messages, at)
        await take(topic, partition, messages, at, end)
        if (this.#isOver) return // it may not be in the ring
        resolveOffset(messages[end - 1]!.offset)
        at = end
        if (place.redo === null) this.#letOthers()
        await heartbeat()
      }
      if (at === messages.length && messages.length > 0) resolveOffset(messages.at(-1)!.offset)
    } catch (error) {
      if (!isKafkas(error)) this.#failed.reject(error)
      throw error
    } finally {
      this.#isBusy = false
      clearInterval(beating)
    }
  }

  /** Sees to it that what is written comes; says how much is still to come. Ends with the signal. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { settings, place, counters } = this.#parts
    while (!signal.aborted && !this.#isOver) {
      await delay(settings.stalledAfter / LOOKS, undefined, { signal }).catch(() => {}) // the loop sees it
      if (signal.aborted || this.#isOver) return
      await this.#settled
      let lag = 0
      for (const [topic, partitions] of Object.entries(this.#assigned)) {
        const ends = await this.#admin.fetchTopicOffsets(topic)
        for (const { partition, high } of ends) {
          if (!partitions.includes(partition)) continue
          lag += Math.max(0, Number(high) - place.next(topic, partition)!)
          this.#look(topic, partition, Number(high))
        }
      }
      counters.lag_records.set(lag)
    }
  }

  /** More was written than there was when it last went on: if that lasts, nothing comes that should. */
  #look(topic: string, partition: number, high: number): void {
    const { place, settings, counters } = this.#parts
    const next = place.next(topic, partition)!
    const watched = this.#watched.get(`${topic}/${partition}`)!
    if (next !== watched.next || high <= watched.high || this.#isBusy) {
      if (next !== watched.next) watched.high = high
      watched.next = next
      watched.sinceMs = Date.now()
      return
    }
    if (Date.now() - watched.sinceMs < settings.stalledAfter) return
    counters.stalls.add(1)
    throw new Stalled(`nothing has come of partition ${partition} of ${topic} for ${settings.stalledAfter / 1000} s`)
  }

  #isAssigned(topic: string, partition: number): boolean {
    return this.#assigned[topic]?.includes(partition) ?? false
  }
}

/** To be connected to anew. */
export class Stalled extends Error {
  override readonly name = 'KafkaJSStalled'
}

/** Whether it is the brokers' affair; their classes cannot be imported by name. */
export const isKafkas = (error: unknown): error is Error => error instanceof Error && error.name.startsWith('KafkaJS')

function endOfPart(messages: readonly Message[], from: number): number {
  let bytes = 0
  let end = from
  while (end < messages.length && end - from < MOST_MESSAGES && bytes < MOST_BYTES)
    bytes += messages[end++]!.value?.length ?? 0
  return end
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Gives the only member what it is to have. */
function allOf(wanted: 'all' | readonly number[]): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = AssignerProtocol
  return ({ cluster }) => ({
    name: 'SkeinAssigner',
    version: 0,
    assign: ({ members, topics }) => {
      const assignment = Object.fromEntries(
        topics.map((topic) => {
          const there = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
          return [topic, wanted === 'all' ? there : there.filter((partition) => wanted.includes(partition))]
        }),
      )
      const memberAssignment = MemberAssignment.encode({ version: 0, assignment, userData: Buffer.of() })
      return Promise.resolve(members.map(({ memberId }) => ({ memberId, memberAssignment })))
    },
    protocol: ({ topics }) => ({
      name: 'SkeinAssigner',
      metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.of() }),
    }),
  })
}
