import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { allocateCounters, CounterReader, defineCounters } from '../../../engine/memory/counters.ts'

const definition = defineCounters({
  counters: ['frames', 'bytes'],
  gauges: ['keys'],
  histograms: ['commit_us'],
})

describe('a block of counters', () => {
  test('says itself what it holds, so that a reader needs no definition', () => {
    const memory = allocateCounters()
    const counters = definition.attach(memory)
    counters.frames.add(2)
    counters.frames.add(3)
    counters.keys.set(7)
    counters.commit_us.record(40)
    const readings = new CounterReader(memory).readings()
    expect(readings.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'counter frames',
      'counter bytes',
      'gauge keys',
      'histogram commit_us',
    ])
    expect(readings.slice(0, 3).map((reading) => 'value' in reading && reading.value)).toEqual([5, 0, 7])
    expect(readings[3]).toMatchObject({ snapshot: { count: 1, sumUs: 40 } })
  })

  test('has nothing to read before its writer attaches', () => {
    const memory = allocateCounters()
    const reader = new CounterReader(memory)
    expect(reader.readings()).toEqual([])
    expect(reader.value('frames')).toBe(0)
    definition.attach(memory).frames.add(1)
    expect(reader.value('frames')).toBe(1)
  })

  test('may be empty', () => {
    const memory = allocateCounters()
    expect(defineCounters({}).attach(memory)).toEqual({})
    expect(new CounterReader(memory).readings()).toEqual([])
  })

  test('goes on counting when its writer is replaced', () => {
    const memory = allocateCounters()
    definition.attach(memory).frames.add(10)
    definition.attach(memory).frames.add(1)
    expect(new CounterReader(memory).value('frames')).toBe(11)
  })

  test('counts exactly up to 2^53', () => {
    const { bytes } = definition.attach()
    bytes.add(2 ** 53 - 1)
    bytes.add(1)
    expect(bytes.value).toBe(2 ** 53)
  })

  test('refuses a block that is too small or describes something else', () => {
    expect(() => definition.attach(new SharedArrayBuffer(256))).toThrow(/counters need \d+ bytes/)
    const memory = allocateCounters()
    defineCounters({ counters: ['other'] }).attach(memory)
    expect(() => definition.attach(memory)).toThrow(/a block of other counters: counter other/)
  })

  test('has each value on the layout that its page draws', () => {
    const memory = allocateCounters()
    definition.attach(memory).keys.set(1.5)
    const head = new Int32Array(memory, 0, 4)
    expect([...head]).toEqual([
      0x534b4354,
      1,
      'counter frames\ncounter bytes\ngauge keys\nhistogram commit_us'.length,
      256,
    ])
    expect(new Float64Array(memory, 256, 3)[2]).toBe(1.5)
  })

  test('still reads the numbers of a writer that hangs', async () => {
    const memory = allocateCounters()
    const url = new URL('../../../engine/memory/counters.ts', import.meta.url).href
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads')
       import(${JSON.stringify(url)}).then(({ defineCounters }) => {
         const counters = defineCounters({ counters: ['beats'] }).attach(workerData)
         parentPort.postMessage('attached')
         for (;;) counters.beats.add(1)
       })`,
      { eval: true, workerData: memory },
    )
    await once(worker, 'message')
    const reader = new CounterReader(memory)
    const before = reader.value('beats')
    await expect.poll(() => reader.value('beats')).toBeGreaterThan(before)
    await worker.terminate()
  })
})
