import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Sent } from '../../actors/source/dead-letters/sent.ts'
import { namesIn } from '../../actors/source/dead-letters/where.ts'
import { readLastBarrier } from '../../engine/log/last-barrier.ts'
import { lockDirectory } from '../../engine/log/lock.ts'
import { SourceRegistry } from '../../engine/log/source-registry.ts'
import { readTopic } from '../../engine/log/topic.ts'
import { Count, type Frame, FrameKind } from '../../engine/records/index.ts'
import { flight } from '../../schemas/flight.ts'
import { writeLetters } from '../actors/source/dead-letters/made-letters.ts'

const root = join(import.meta.dirname, '../..')
const SAMPLE = join(root, 'fixtures/opensky_nyc_sample.jsonl')
/** A table far too small for the sample: most of its records become dead letters. */
const SMALL_TABLE = ['--set', 'dedupe.capacity=16']

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'skein-dlq-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function skein(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(join(root, 'skein'), args, { cwd: root, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** The last line of a command that must go well. */
function jsonOf(...args: string[]) {
  const { status, stdout, stderr } = skein(...args, '--json')
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
}

function sampleOf(lines: number, ...more: string[]): string {
  const file = join(scratch(), 'sample.jsonl')
  const text = readFileSync(SAMPLE, 'utf8').split('\n').slice(0, lines)
  writeFileSync(file, `${[...text, ...more].join('\n')}\n`)
  return file
}

/** A log of the sample with a table that was too small, and two broken lines. */
function refusedLog(lines = 5): { log: string; file: string } {
  const log = join(scratch(), 'log')
  const file = sampleOf(lines, '{"time":1,', '{"nothing":"known"}')
  jsonOf('replay', file, '--log', log, ...SMALL_TABLE)
  return { log, file }
}

/** How often each observation is in the log, whatever the verdict on it. */
async function observations(log: string): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  const topic = {
    name: '',
    kind: 'append' as const,
    matches: ({ kind, schemaId }: Frame) =>
      schemaId === flight.id && [FrameKind.record, FrameKind.duplicate, FrameKind.late].includes(kind as 1),
    key: () => '',
    value: (frame: Frame) => JSON.stringify([frame.time, flight.toObject(frame)]),
  }
  for await (const { value } of readTopic(log, topic)) times.set(value!, (times.get(value!) ?? 0) + 1)
  return times
}

describe('dlq list', () => {
  test('shows only what is asked for', () => {
    const { log } = refusedLog()
    const all = skein('dlq', 'list', '--log', log).stdout.trimEnd().split('\n')
    const where = (...filters: string[]) =>
      skein('dlq', 'list', '--log', log, '--json', ...filters.flatMap((filter) => ['--where', filter]))
        .stdout.split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    expect(where('reason=bad_json')).toMatchObject([{ reason: 'bad_json', line: 6, attempts: 1 }])
    expect(where('reason=bad_json', 'reason=bad_shape')).toHaveLength(2)
    expect(where('reason=bad_json', 'source=elsewhere')).toEqual([])
    expect(where('source=replay')).toHaveLength(all.length)
    expect(where('stage=dedupe')).toHaveLength(all.length - 2)
  })

  test.each(['reason', 'reason=', 'colour=red', 'reason=bad_jsn'])('refuses --where %s', (filter) => {
    const { status, stderr } = skein('dlq', 'list', '--log', scratch(), '--where', filter)
    expect(status).toBe(64)
    expect(stderr).toMatch(filter.startsWith('reason=b') ? 'bad_json' : 'reason, source, stage, origin')
  })
})

describe('dlq show', () => {
  test('gives one dead letter with its bytes', () => {
    const { log } = refusedLog(1)
    const [letter] = skein('dlq', 'list', '--log', log, '--json', '--where', 'reason=bad_json').stdout.split('\n')
    const { stdout } = skein('dlq', 'show', String(JSON.parse(letter!).dlq_offset), '--log', log)
    expect(stdout).toContain('"reason": "bad_json"')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('{"time":1,')
  })

  test('says when there is none at that offset', () => {
    const { log } = refusedLog(1)
    expect(skein('dlq', 'show', '0', '--log', log).stderr).toContain('there is no dead letter at that offset')
    expect(skein('dlq', 'show', '1000000', '--log', log).status).toBe(64)
  })
})

describe('dlq replay', () => {
  test('after a fix puts into the log what an undisturbed run has, each once', async () => {
    const { log, file } = refusedLog()
    const undisturbed = join(scratch(), 'log')
    jsonOf('replay', file, '--log', undisturbed)
    const outcome = jsonOf('dlq', 'replay', '--log', log, '--where', 'reason=table_full')
    expect(outcome.replayed).toBeGreaterThan(100)
    expect(outcome).toMatchObject({ received: outcome.replayed, dead_lettered: 0, in_flight: 0, not_replayable: 0 })
    expect(await observations(log)).toEqual(await observations(undisturbed))
    const again = jsonOf('dlq', 'replay', '--log', log, '--where', 'reason=table_full')
    expect(again).toMatchObject({ replayed: 0, replayed_before: outcome.replayed, received: 0 })
  })

  test('keeps the ledger whole, and what is refused again as a new dead letter', () => {
    const { log } = refusedLog(1)
    expect(jsonOf('dlq', 'replay', '--log', log, '--where', 'stage=source')).toMatchObject({
      replayed: 2,
      received: 2,
      dead_lettered: 2,
    })
    const letters = skein('dlq', 'list', '--log', log, '--json', '--where', 'source=dead-letters').stdout
    expect(
      letters
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { reason: 'bad_json', attempts: 2, line: 2, source: 'dead-letters' },
      { reason: 'bad_shape', attempts: 2, line: 3, source: 'dead-letters' },
    ])
    const next = { replayed: 2, replayed_before: 2, dead_lettered: 2 }
    expect(jsonOf('dlq', 'replay', '--log', log, '--where', 'stage=source')).toMatchObject(next)
    expect(jsonOf('ledger', '--log', log).in_flight).toBe(0)
  })

  test('leaves the other sources where they were, and they leave it where it was', () => {
    const { log, file } = refusedLog(1)
    const { replayed } = jsonOf('dlq', 'replay', '--log', log)
    const { received } = jsonOf('ledger', '--log', log)
    expect(jsonOf('replay', file, '--log', log).received, 'the file was finished').toBe(received)
    jsonOf('replay', sampleOf(2), '--log', log)
    // The two lines that are no bodies are refused whenever they are tried.
    expect(jsonOf('dlq', 'replay', '--log', log)).toMatchObject({ replayed: 2, replayed_before: replayed })
  })

  test('says which dead letters it cannot replay', () => {
    const log = scratch()
    const offsets = writeLetters(log, [{ input: 'x'.repeat(100), fullBytes: 1e6 }, { input: '{}' }])
    const { stdout, stderr, status } = skein('dlq', 'replay', '--log', log, '--json')
    expect(status, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ replayed: 1, not_replayable: 1 })
    expect(stderr).toContain(`dead letter ${offsets[0]} cannot be replayed: only 100 of its 1000000 bytes were kept`)
    const again = JSON.parse(skein('dlq', 'replay', '--log', log, '--json').stdout)
    expect(again).toMatchObject({ replayed: 1, replayed_before: 1, not_replayable: 1 })
  })

  test('is refused while another process writes the log, and without a log', async () => {
    const { log } = refusedLog(1)
    const lock = await lockDirectory(log)
    onTestFinished(() => lock.release())
    // Not synchronously: who asks for the lock's holder is answered by this process.
    const child = start('dlq', 'replay', '--log', log)
    expect(await exitOf(child)).toBe(73)
    expect(skein('dlq', 'replay', '--log', join(log, 'nowhere')).status).toBe(66)
  })

  test('killed in the middle, again and again, sends each once', { timeout: 120_000 }, async () => {
    const { log, file } = refusedLog(25)
    const undisturbed = join(scratch(), 'log')
    jsonOf('replay', file, '--log', undisturbed)
    const letters = sentIn(log).left
    const args = ['dlq', 'replay', '--log', log, '--where', 'reason=table_full']
    let kills = 0
    for (let share = 1; share < 4; share++) {
      const child = start(...args, ...['--set', 'engine.sourceRing=1MiB', '--set', 'shard.barrierInterval=1ms'])
      await killWhen(child, () => sentIn(log).received >= (letters * share) / 4)
      if (child.signalCode === 'SIGKILL') kills++
    }
    const end = jsonOf(...args)
    expect(end).toMatchObject({ dead_lettered: 0, in_flight: 0 })
    expect(end.replayed + end.replayed_before).toBe(letters)
    expect(sentIn(log)).toMatchObject({ received: letters, letters })
    expect(await observations(log)).toEqual(await observations(undisturbed))
    expect(kills, 'else the test has shown nothing').toBeGreaterThan(0)
  })
})

function start(...args: string[]): ChildProcess {
  return spawn(join(root, 'skein'), args, { cwd: root, stdio: 'ignore' })
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve))
}

/** Kills it as soon as the condition holds, unless it ends before. */
async function killWhen(child: ChildProcess, condition: () => boolean): Promise<void> {
  const exited = exitOf(child)
  const looking = setInterval(() => condition() && child.kill('SIGKILL'), 10)
  await exited
  clearInterval(looking)
}

/** How far the log's dead letters have come, and how many the first run left. */
function sentIn(log: string): { received: number; letters: number; left: number } {
  const { sources } = readLastBarrier(log)
  const registry = new SourceRegistry(log)
  const own = sources.get(registry.named('dead-letters')?.id ?? 0)
  const first = sources.get(registry.named('replay')!.id)
  return {
    received: own?.counts[Count.received] ?? 0,
    letters: Sent.decode(own?.cursor ?? new Uint8Array(0), namesIn(log)).letters,
    left: first?.counts[Count.deadLetteredByLanes] ?? 0,
  }
}
