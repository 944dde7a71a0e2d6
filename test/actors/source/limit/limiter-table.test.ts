import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { type LimiterOptions, LimiterTable, RateLimiter } from '../../../../actors/source/limit/index.ts'
import * as L from '../../../../actors/source/limit/limiter-layout.ts'

const NOW = 1_750_000_000_000
const options: LimiterOptions = {
  rules: [{ kind: 'rate', count: 1, perMs: 1, burst: 5000, unit: 'request' }],
  safetyMs: 0,
}

describe('the limiters of several threads', () => {
  test('are one limit for each credential', () => {
    const table = LimiterTable.create(2)
    const here = table.limiter(0, options)
    const there = new LimiterTable(table.memory).limiter(0, options)
    for (let i = 0; i < 2500; i++) expect(here.tryTake(NOW) + there.tryTake(NOW)).toBe(0)
    expect(there.tryTake(NOW)).toBeGreaterThan(0)
    expect(table.limiter(1, options).tryTake(NOW)).toBe(0)
    expect(() => table.limiter(2, options)).toThrow(RangeError)
  })

  test('let pass exactly the burst between them, however fast they ask', async () => {
    const table = LimiterTable.create(1)
    const url = new URL('../../../../actors/source/limit/index.ts', import.meta.url).href
    const counts = await Promise.all(
      Array.from({ length: 3 }, () => {
        const worker = new Worker(
          `const { workerData, parentPort } = require('node:worker_threads')
           import(workerData.url).then(({ LimiterTable }) => {
             const limiter = new LimiterTable(workerData.memory).limiter(0, workerData.options)
             let passed = 0
             for (let i = 0; i < 20000; i++) if (limiter.tryTake(${NOW}) === 0) passed++
             parentPort.postMessage(passed)
           })`,
          { eval: true, workerData: { url, memory: table.memory, options } },
        )
        return new Promise<number>((done, fail) => worker.once('message', done).once('error', fail))
      }),
    )
    expect(counts.reduce((sum, passed) => sum + passed, 0)).toBe(5000)
  })

  test('are not held up by a thread that ended in the middle, and take its burst for spent', () => {
    const memory = new SharedArrayBuffer(L.SLOT_BYTES)
    const limiter = new RateLimiter(options, memory)
    new Int32Array(memory)[L.LOCK] = 12345
    expect(limiter.tryTake(NOW)).toBeGreaterThan(0)
    expect(limiter.tryTake(NOW + 2)).toBe(0)
  })

  test('refuse memory of another version', () => {
    expect(() => new LimiterTable(new SharedArrayBuffer(1024))).toThrow(/version/)
  })

  test('lie in memory as the layout says', () => {
    const table = LimiterTable.create(2)
    table.limiter(1, { ...options, safetyMs: 2 }).tryTake(1000)
    expect([...new Int32Array(table.memory, 0, 2)]).toEqual([1, 2])
    const slot = new Float64Array(table.memory, L.HEAD_BYTES + L.SLOT_BYTES)
    expect([...new Int32Array(table.memory, L.HEAD_BYTES + L.SLOT_BYTES, 2)]).toEqual([0, 1])
    expect([...slot.slice(1, 4)]).toEqual([1, 1000, 0])
    expect([...slot.slice(16, 19)]).toEqual([1000 + 2 + 1.001, 0, 1])
  })
})
