/** The whole program, killed, stopped, suspended and short of disk: its log must be that of a run that nobody disturbed. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/seeded.ts'
import { writeFlights } from '../engine/runtime/generated-recording.ts'
import { logDigest, readLog } from '../engine/runtime/log-content.ts'
import { expectSameLog } from '../engine/runtime/same-log.ts'
import { skeinReplay } from './skein-process.ts'

const KILLS = 30
const scratch = mkdtempSync(join(tmpdir(), 'skein-kill-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Bytes of log on disk. */
function logBytes(directory: string): number {
  try {
    const segments = readdirSync(directory).filter((name) => name.endsWith('.log'))
    return segments.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  } catch {
    return 0
  }
}

async function finish(files: string[], log: string, ...options: string[]): Promise<void> {
  const last = skeinReplay(files, log, ...options)
  expect(await last.exited, last.stderr).toEqual({ code: 0, signal: null })
}

describe('a large recording', () => {
  const undisturbed = join(scratch, 'undisturbed')
  let file = ''
  let records = 0

  beforeAll(async () => {
    file = writeFlights(join(scratch, 'large.jsonl'), { bodies: 1200, aircraft: 200 })
    await finish([file], undisturbed)
    records = readLog(undisturbed).end!.sources[0]!.counts.received!
  })

  test('killed again and again comes to the same log', async () => {
    expect(records).toBeGreaterThan(100_000)
    const random = seeded(Number(process.env.SKEIN_SEED ?? 1))
    const total = logBytes(undisturbed)
    let kills = 0
    for (let round = 0; kills < KILLS; round++) {
      const log = join(scratch, `killed-${round}`)
      for (let isOver = false; !isOver; ) {
        // Other lanes and rings each time: what was committed does not depend on them.
        const lanes = 1 + Math.floor(random() * 4)
        const ring = random() < 0.7 ? '1MiB' : '32MiB'
        const run = skeinReplay([file], log, '--lanes', String(lanes), '--set', `engine.sourceRing=${ring}`)
        // Often somewhere in the work, sometimes while it starts.
        const goal = logBytes(log) + (random() * total) / 12
        const deadline = performance.now() + (random() < 0.2 ? random() * 400 : 60_000)
        while (!run.isOver && logBytes(log) < goal && performance.now() < deadline) await new Promise(setImmediate)
        run.signal('SIGKILL')
        const exit = await run.exited
        isOver = exit.signal === null
        if (isOver) expect(exit.code, run.stderr).toBe(0)
        else kills++
      }
      const isSame = logDigest(log) === logDigest(undisturbed)
      if (!isSame) expectSameLog(readLog(log), readLog(undisturbed), `after ${kills} kills`)
      rmSync(log, { recursive: true })
    }
  })
})

describe('a replay at a speed', () => {
  const undisturbed = join(scratch, 'paced-undisturbed')
  let file = ''

  beforeAll(async () => {
    file = writeFlights(join(scratch, 'paced.jsonl'), { bodies: 300, aircraft: 40 })
    await finish([file], undisturbed)
  })

  test('drains at SIGTERM, leaves with 0, and goes on where it was', async () => {
    const log = join(scratch, 'terminated')
    for (let stops = 0; stops < 4; stops++) {
      const before = logBytes(log)
      const run = skeinReplay([file], log, '--speed', '60')
      await run.until('it has committed something', () => logBytes(log) > before + 2000)
      run.signal(stops % 2 === 0 ? 'SIGTERM' : 'SIGINT')
      run.signal('SIGTERM') // launchers and terminals say it twice
      expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
      expect(JSON.parse(run.stdout)).toMatchObject({ in_flight: 0 })
    }
    expect(logDigest(log)).not.toBe(logDigest(undisturbed))
    await finish([file], log)
    expectSameLog(readLog(log), readLog(undisturbed), 'after four stops')
  })

  test('that was suspended for longer than an actor may be silent starts nothing again', async () => {
    const log = join(scratch, 'suspended')
    const run = skeinReplay([file], log, '--speed', '300', '--set', 'engine.hangTimeout=1s')
    await run.until('it has committed something', () => logBytes(log) > 2000)
    for (let i = 0; i < 3; i++) {
      run.signal('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 2000))
      run.signal('SIGCONT')
      const before = logBytes(log)
      await run.until('it goes on', () => logBytes(log) > before)
    }
    run.signal('SIGTERM')
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
    expect(run.stderr, 'nobody was taken for hung').not.toContain('an actor failed')
    await finish([file], log)
    expectSameLog(readLog(log), readLog(undisturbed), 'after three suspensions')
  })
})
