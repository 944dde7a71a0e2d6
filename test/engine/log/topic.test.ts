import { describe, expect, test } from 'vitest'
import {
  BatchBuffer,
  LogWriter,
  readTopic,
  type Topic,
  type TopicReading,
  type TopicRecord,
} from '../../../engine/log/index.ts'
import { FrameMemory } from '../../../engine/memory/index.ts'
import { Frame, FrameKind } from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import { makeBarrier } from './frames.ts'
import { temporaryDirectory } from './made-log.ts'

/** Accepted events by id; a removal is a tombstone. */
const state: Topic<string> = {
  name: 'state',
  kind: 'compacted',
  matches: (frame) => frame.kind === FrameKind.record || frame.kind === FrameKind.removal,
  key: (frame) => event.fields.id.get(frame)!,
  value: (frame) => (frame.kind === FrameKind.removal ? null : event.fields.payload.get(frame)),
}

/** Writes batches of `id=payload`, `-id` for a removal, `id?payload` for a duplicate. */
class EventLog {
  readonly directory = temporaryDirectory()
  readonly #writer = LogWriter.open(this.directory, { segmentBytes: 2048 })
  readonly #buffer = new BatchBuffer()

  commit(...events: string[]): void {
    const { barrier, sequence } = this.#writer.end
    this.#buffer.reset()
    const frame = new Frame(FrameMemory.allocate(4096))
    for (const [index, text] of events.entries()) {
      const [, minus, id, mark, payload = ''] = /^(-?)(\w+)([=?]?)(.*)$/.exec(text)!
      event.start(frame, minus ? FrameKind.removal : mark === '?' ? FrameKind.duplicate : FrameKind.record)
      frame.sequence = sequence + index + 1
      event.setKey(frame, Buffer.from(id!), 0, id!.length)
      event.fields.payload.set(frame, JSON.stringify(payload))
      this.#buffer.add(frame)
    }
    this.#buffer.add(makeBarrier(barrier + 1, sequence + events.length))
    this.#writer.append(this.#buffer, { firstBarrier: barrier + 1, epoch: 1 })
  }
}

const shown = ({ offset, key, value }: TopicRecord<string>) => `${offset} ${key}=${value}`

async function read(log: EventLog, reading?: TopicReading): Promise<string[]> {
  const records: string[] = []
  for await (const record of readTopic(log.directory, state, reading)) records.push(shown(record))
  return records
}

describe('reading a topic', () => {
  test('gives what matches, in order, with tombstones, offsets being sequence numbers', async () => {
    const log = new EventLog()
    log.commit('a=1', 'a?2', 'b=3')
    log.commit('-a', 'c=4')
    expect(await read(log)).toEqual(['1 a="1"', '3 b="3"', '4 a=null', '5 c="4"'])
  })

  test('begins at an offset, whether or not it is in the topic', async () => {
    const log = new EventLog()
    log.commit('a=1', 'a?2', 'b=3')
    log.commit('c=4')
    expect(await read(log, { from: 2 })).toEqual(['3 b="3"', '4 c="4"'])
    expect(await read(log, { from: 3 })).toEqual(['3 b="3"', '4 c="4"'])
    expect(await read(log, { from: 5 })).toEqual([])
  })

  test('compacted gives the newest record of each key that has one', async () => {
    const log = new EventLog()
    log.commit('a=1', 'b=2', 'c=3')
    log.commit('a=4', '-b')
    expect(await read(log, { compacted: true })).toEqual(['3 c="3"', '4 a="4"'])
  })

  test('followed goes on with what comes, from segment to segment, until the signal', async () => {
    const log = new EventLog()
    log.commit('a=0')
    const stop = new AbortController()
    const seen: string[] = []
    let next = 0
    for await (const record of readTopic(log.directory, state, { follow: true, signal: stop.signal })) {
      seen.push(shown(record))
      if (++next === 50) stop.abort()
      else if (next % 2 === 0) log.commit(`a=${next}`)
      else setTimeout(() => log.commit(`a=${next}`), 1)
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `${i + 1} a="${i}"`))
  })

  test('of an empty directory gives nothing', async () => {
    expect(await read(new EventLog())).toEqual([])
  })
})
