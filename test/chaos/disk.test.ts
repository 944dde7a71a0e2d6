/** A disk that is full, in three ways: the engine stalls and says so, and goes on by itself, exactly once. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFlights } from '../engine/runtime/generated-recording.ts'
import { readLog } from '../engine/runtime/log-content.ts'
import { expectSameLog } from '../engine/runtime/same-log.ts'
import { SKEIN, SkeinProcess, skeinReplay } from './skein-process.ts'

const scratch = mkdtempSync(join(tmpdir(), 'skein-disk-'))
const canLimit = spawnSync('prlimit', ['--version']).status === 0
const disk = join(scratch, 'disk')
const canMount = mount()
if (!canLimit) console.warn('skipped: prlimit is not here')
if (!canMount) console.warn('skipped: a small file system cannot be mounted')

/** A file system of 2 MB. */
function mount(): boolean {
  mkdirSync(disk)
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]).status === 0
}

afterAll(() => {
  if (canMount) execFileSync('umount', [disk])
  rmSync(scratch, { recursive: true })
})

/** Small commits, so that the disk fills up between two of them. */
const SMALL = ['--set', 'engine.sourceRing=1MiB', '--set', 'journal.retryDisk=50ms']
const STALLED = 'the log cannot be written'

describe('a replay onto a disk that fills up', () => {
  const undisturbed = join(scratch, 'undisturbed')
  let file = ''

  beforeAll(async () => {
    file = writeFlights(join(scratch, 'flights.jsonl'), { bodies: 1500, aircraft: 40 })
    const run = skeinReplay([file], undisturbed)
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
  })

  /** No file of the process may become longer than this, until `unlimit`. */
  function limited(log: string, bytes: number): SkeinProcess {
    const command = `ulimit -S -f ${bytes / 512}; exec "$0" "$@"`
    return new SkeinProcess('sh', ['-c', command, SKEIN, 'replay', file, '--log', log, '--json', ...SMALL])
  }

  const unlimit = (pid: number) => execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited'])

  test.skipIf(!canMount)('waits, says why, and goes on when there is space', async () => {
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1 << 20))
    const log = join(disk, 'log')
    const small = join(scratch, 'small.jsonl')
    writeFlights(small, { bodies: 350, aircraft: 40 })
    const whole = join(scratch, 'small-undisturbed')
    expect(await skeinReplay([small], whole).exited).toEqual({ code: 0, signal: null })

    const run = skeinReplay([small], log, ...SMALL)
    await run.until('it says that the disk is full', () => run.stderr.includes(STALLED))
    expect(run.stderr).toContain('ENOSPC')
    const held = readLog(log).frames.length
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(run.isOver, run.stderr).toBe(false)
    expect(readLog(log).frames.length, 'it writes nothing while it waits').toBe(held)
    rmSync(ballast)
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
    expect(run.stderr, 'it is the disk’s fault, nobody else’s').not.toContain('an actor failed')
    expectSameLog(readLog(log), readLog(whole), 'after the disk was full')
  })

  test.skipIf(!canLimit)('goes on when the file may grow again', async () => {
    const log = join(scratch, 'limited')
    const run = limited(log, 1 << 20)
    await run.until('it says that it cannot write', () => run.stderr.includes(STALLED))
    expect(run.stderr).toContain('EFBIG')
    unlimit(run.pid)
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
    expectSameLog(readLog(log), readLog(undisturbed), 'after the file could not grow')
  })

  test.skipIf(!canLimit)('is cut short by a second signal, names who was busy, and has lost nothing', async () => {
    const log = join(scratch, 'cut')
    const run = limited(log, 1 << 20)
    await run.until('it says that it cannot write', () => run.stderr.includes(STALLED))
    run.signal('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 100))
    run.signal('SIGTERM') // within half a second it is the same one
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(run.isOver, run.stderr).toBe(false)
    run.signal('SIGTERM')
    expect(await run.exited, run.stderr).toEqual({ code: 75, signal: null })
    expect(run.stderr).toContain('journal')

    const next = skeinReplay([file], log)
    expect(await next.exited, next.stderr).toEqual({ code: 0, signal: null })
    expectSameLog(readLog(log), readLog(undisturbed), 'after the drain was cut short')
  })

  test.skipIf(!canLimit)('killed while it waits, goes on from what is on disk', async () => {
    const log = join(scratch, 'killed')
    const run = limited(log, 1 << 20)
    await run.until('it says that it cannot write', () => run.stderr.includes(STALLED))
    run.signal('SIGKILL')
    await run.exited
    const next = skeinReplay([file], log)
    expect(await next.exited, next.stderr).toEqual({ code: 0, signal: null })
    expectSameLog(readLog(log), readLog(undisturbed), 'after a kill on a full disk')
  })
})
