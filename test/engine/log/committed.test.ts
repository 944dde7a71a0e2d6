import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { Committed, makeCommittedState } from '../../../engine/log/index.ts'

describe('the committed state', () => {
  test('is what was published last', () => {
    const committed = Committed.create()
    const reader = new Committed(committed.memory)
    expect(reader.read(makeCommittedState())).toMatchObject({
      position: 0,
      barrier: 0,
      clock: Number.NEGATIVE_INFINITY,
    })
    committed.publish({ position: 2 ** 52, barrier: 3, sequence: 2 ** 40 + 1, clock: 1.7e12 }, -5)
    expect(reader.read(makeCommittedState())).toEqual({
      position: 2 ** 52,
      barrier: 3,
      sequence: 2 ** 40 + 1,
      clock: 1.7e12,
      ringPosition: -5,
      generation: 1,
    })
  })

  test('changes its generation when a journal begins anew', () => {
    const committed = Committed.create()
    const before = committed.read(makeCommittedState()).generation
    committed.restart({ position: 8, barrier: 1, sequence: 1, clock: 0 }, 64)
    const state = committed.read(makeCommittedState())
    expect(state.generation).toBe(before + 1)
    expect(state.ringPosition).toBe(64)
  })

  test('is left whole by a writer that dies in the middle', () => {
    const committed = Committed.create()
    committed.publish({ position: 800, barrier: 1, sequence: 10, clock: 5 }, 96)
    const words = new Int32Array(committed.memory)
    const spoilt = (words[0]! + 1) & 1
    words.fill(-1, (128 + 128 * spoilt) / 4, (128 + 128 * spoilt) / 4 + 5) // the first words of the slot that is next
    expect(committed.read(makeCommittedState())).toMatchObject({ position: 800, barrier: 1, ringPosition: 96 })
    new Committed(committed.memory).restart({ position: 900, barrier: 2, sequence: 11, clock: 6 }, 128)
    expect(committed.read(makeCommittedState())).toMatchObject({ position: 900, barrier: 2, ringPosition: 128 })
  })

  test('is never a mixture, however fast another thread publishes', async () => {
    const committed = Committed.create()
    const url = new URL('../../../engine/log/committed.ts', import.meta.url).href
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads')
       import(workerData.url).then(({ Committed }) => {
         const committed = new Committed(workerData.memory)
         for (let n = 1; Atomics.load(workerData.stop, 0) === 0; n++) {
           committed.publish({ position: n * 4096, barrier: n, sequence: n * 7, clock: n * 0.5 }, n | 0)
         }
       })`,
      { eval: true, workerData: { url, memory: committed.memory, stop } },
    )
    const exited = new Promise((done) => worker.once('exit', done))
    const state = makeCommittedState()
    let last = 0
    for (let seen = 0; seen < 200; ) {
      committed.read(state)
      const n = state.barrier
      if (n === 0) await new Promise(setImmediate)
      const isWhole =
        state.position === n * 4096 &&
        state.sequence === n * 7 &&
        (state.clock === n * 0.5 || n === 0) &&
        state.ringPosition === n
      if (!isWhole || n < last) throw new Error(`a mixture: ${JSON.stringify(state)} after ${last}`)
      if (n > last) seen++
      last = n
    }
    Atomics.store(stop, 0, 1)
    await exited
  })
})
