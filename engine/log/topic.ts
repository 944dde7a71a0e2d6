/**
 * Topics are views over the log: each observation is stored once, and a topic says which frames belong to it and what a
 * reader sees of them. They read the same whether a broker gets them or not.
 *
 * Offsets are the log's sequence numbers: sparse within a topic, never reused, rising; a tombstone may share the offset of
 * the record that brought it about.
 */
import { watch } from 'node:fs'
import { Frame } from '../records/frame.ts'
import type { Batch } from './batch.ts'
import { LogReader } from './reader.ts'

export interface Topic<Value> {
  name: string
  /** Append: every value counts. Compacted: only the newest of a key does, and null removes it. */
  kind: 'append' | 'compacted'
  matches(frame: Frame): boolean
  key(frame: Frame): string
  /** Null for a tombstone. */
  value(frame: Frame): Value | null
  /** The value as JSON, where there is a quicker way to it. */
  json?(frame: Frame): string
  /** The value as Avro has it, where it can be that. */
  avro?: AvroForm
}

export interface AvroForm {
  /** Apache Avro 1.11. */
  readonly schema: object
  value(frame: Frame): object
}

export interface TopicRecord<Value> {
  offset: number
  key: string
  value: Value | null
}

export interface TopicReading {
  /** Begins at the first record with this offset or a higher one; without it, at the oldest there is. */
  from?: number
  /** Goes on at the end, waiting for more, until the signal. */
  follow?: boolean
  /** Of what is there, only the newest record of each key, and no tombstones. */
  compacted?: boolean
  signal?: AbortSignal
}

/** How long a follower sleeps when the file system says nothing: not every one notifies. */
const MAX_WAIT_MS = 1000

/**
 * Reads a topic from a log directory, in any process.
 * Throws `SKEIN_LOG_GONE` when `from` is no longer there, `SKEIN_LOG_DAMAGED`.
 */
export async function* readTopic<Value>(
  directory: string,
  topic: Topic<Value>,
  { from, follow = false, compacted = false, signal }: TopicReading = {},
): AsyncGenerator<TopicRecord<Value>> {
  const reader = LogReader.open(directory, from === undefined ? 'oldest' : { sequence: from })
  const first = from ?? 0
  try {
    if (compacted) yield* newestPerKey(reader, topic, first)
    for (;;) {
      for (let batch = reader.next(); batch !== null; batch = reader.next()) {
        if (signal?.aborted) return
        yield* recordsIn(batch, topic, first)
      }
      if (!follow || signal?.aborted) return
      await changeIn(directory, signal)
    }
  } finally {
    reader.close()
  }
}

function newestPerKey<Value>(reader: LogReader, topic: Topic<Value>, first: number): Iterable<TopicRecord<Value>> {
  const newest = new Map<string, TopicRecord<Value>>()
  for (let batch = reader.next(); batch !== null; batch = reader.next()) {
    for (const record of recordsIn(batch, topic, first)) {
      newest.delete(record.key) // so that a key stands where its newest record does
      if (record.value !== null) newest.set(record.key, record)
    }
  }
  return newest.values()
}

function* recordsIn<Value>(batch: Batch, topic: Topic<Value>, first: number): Generator<TopicRecord<Value>> {
  const frame = new Frame(batch.memory)
  const { barrierStart } = batch
  for (let offset = batch.start; offset < barrierStart; offset += frame.stride) {
    frame.at(offset)
    if (frame.sequence < first || !topic.matches(frame)) continue
    yield { offset: frame.sequence, key: topic.key(frame), value: topic.value(frame) }
    frame.at(offset)
  }
}

/** Resolves when something in the directory was written, or after a while. */
function changeIn(directory: string, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const watcher = watch(directory, () => resolve())
  watcher.on('error', () => resolve()) // out of watches: the time limit does
  const timer = setTimeout(resolve, MAX_WAIT_MS)
  const stop = () => resolve()
  signal?.addEventListener('abort', stop)
  return promise.finally(() => {
    watcher.close()
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  })
}
