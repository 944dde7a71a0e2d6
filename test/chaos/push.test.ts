/** Clients push with retries while Skein is killed again and again: what was answered is in the log, once. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seeded } from '../../fixtures/seeded.ts'
import { pushing } from '../actors/source/push/pushing.ts'

const CLIENTS = 16
const KILLS = 8

test('what was answered with 202 is on disk once, however often Skein is killed', async () => {
  const program = await pushing()
  let run = await program.start()
  const random = seeded(3)
  const answered: string[] = []
  let isOver = false
  /** Sends each event until it is answered. */
  const client = async (name: number) => {
    for (let n = 0; !isOver; n++) {
      const id = `${name}-${n}`
      for (;;) {
        const answer = await program.post('/ingest', { id, source: 'chaos', payload: { name, n } }).catch(() => null)
        if (answer?.status === 202) break
        if (isOver) return
        await delay(20)
      }
      answered.push(id)
    }
  }
  const clients = Array.from({ length: CLIENTS }, (_, name) => client(name))
  for (let kills = 0; kills < KILLS; kills++) {
    await delay(300 + 700 * random())
    run.signal('SIGKILL')
    await run.exited
    run = await program.start()
  }
  await delay(500)
  isOver = true
  await Promise.all(clients)
  await program.stop(run, 'SIGTERM')
  const told = program.told()
  expect(answered.length).toBeGreaterThan(1000)
  expect(new Set(told).size).toBe(told.length)
  expect(told).toEqual(expect.arrayContaining(answered.slice(0, 50)))
  const there = new Set(told)
  expect(answered.filter((id) => !there.has(id))).toEqual([])
})
