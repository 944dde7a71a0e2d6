import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { LogReader, LogWriter, verifyLog } from '../../../engine/log/index.ts'
import { readAll, temporaryDirectory } from './made-log.ts'

const ROUNDS = 20
const script = new URL('./endless-writer.ts', import.meta.url).pathname

/** Runs a process that appends without end, kills it some time after its first commit; the last barrier it acknowledged. */
async function writeAndKill(directory: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
    said += data
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  return Number(said.split('\n').at(-2))
}

describe('a writer that is killed with SIGKILL at any moment', () => {
  test(`has on disk whatever it acknowledged, ${ROUNDS} times in a row`, async () => {
    const directory = temporaryDirectory()
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await writeAndKill(directory, Math.random() * 60)
      const writer = LogWriter.open(directory)
      const { barrier, sequence } = writer.end
      writer.close()
      expect(barrier).toBeGreaterThanOrEqual(acknowledged)
      expect(barrier).toBeLessThanOrEqual(acknowledged + 1) // the one that was under way
      expect(verifyLog(directory)).toMatchObject({ damage: null, tornTail: null, batches: barrier })
      if (round % 5 < 4) continue
      const records = readAll(new LogReader(directory, 0)).filter((n) => n > 0)
      expect(records.length).toBe(sequence)
      expect(records.every((n, index) => n === index + 1)).toBe(true)
    }
  }, 120_000)
})
