import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeCursor } from '../../../actors/source/replay/cursor.ts'
import { deadLetter, type Frame, FrameKind, makeSourceState, progressCursor } from '../../../engine/records/index.ts'
import { InlinePipeline } from '../../engine/runtime/inline-pipeline.ts'
import { readLog } from '../../engine/runtime/log-content.ts'
import { writeNastyRecording } from '../../engine/runtime/nasty-recording.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import { expectSameLog } from '../../engine/runtime/same-log.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'
import { runReplay } from './run-replay.ts'

const T0 = 1_600_000_000

/** OpenSky bodies with one aircraft, a step apart. */
const bodies = (count: number, stepSeconds = 10) =>
  Array.from({ length: count }, (_, i) => {
    const time = T0 + i * stepSeconds
    return JSON.stringify({ time, states: [row(`aaaa0${i % 10}`, time)] })
  })

function row(icao24: string, time: number): unknown[] {
  return [icao24, null, 'X', time, time, 8, 47, 1000, false, 200, 90, 0, null, 1000, null, false, 0]
}

function fileOf(name: string, content: string): string {
  const path = join(scratchDirectory(), name)
  writeFileSync(path, content)
  return path
}

const records = (frames: readonly Frame[]) => frames.filter(({ kind }) => kind === FrameKind.record)
const progress = (frames: readonly Frame[]) => frames.filter(({ kind }) => kind === FrameKind.progress)
const letters = (frames: readonly Frame[]) =>
  frames.filter(({ kind }) => kind === FrameKind.deadLetter).map((frame) => deadLetter.toObject(frame))

describe('a replay', () => {
  test.each([
    ['at a speed', { replay: { speed: 100_000 } }, false],
    ['body by body, after a crash', {}, true],
  ])('%s gives the log of one flat out', async (_, own, isSourceCareful) => {
    const scratch = scratchDirectory()
    const files = writeNastyRecording(scratch)
    const flatOut = pipelinePlan({ directory: join(scratch, 'flat-out'), files })
    const paced = pipelinePlan({ directory: join(scratch, 'paced'), files, ...own })
    ;(await InlinePipeline.start({ plan: flatOut })).finish()
    ;(await InlinePipeline.start({ plan: paced, isSourceCareful })).finish()
    expectSameLog(readLog(paced.directory), readLog(flatOut.directory), 'paced')
  })

  test('at a speed says after every body where it is, so that a stop costs no body', async () => {
    const file = fileOf('bodies.jsonl', `${bodies(20).join('\n')}\n`)
    const { frames } = await runReplay({ options: { files: [file], speed: 100_000 } })
    expect(records(frames)).toHaveLength(20)
    const places = progress(frames).map((frame) => Object.values(decodeCursor(progressCursor(frame)).open)[0]?.line)
    expect(places.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i + 2))
  })

  test('goes on behind the body that its cursor names', async () => {
    const file = fileOf('bodies.jsonl', `${bodies(20).join('\n')}\n`)
    const { frames } = await runReplay({ options: { files: [file], speed: 100_000 } })
    const at = progress(frames)[4]!
    const resume = { ...makeSourceState(1), progressPosition: at.position, clock: at.clock, cursor: progressCursor(at) }
    const rest = await runReplay({ options: { files: [file] }, resume })
    expect(records(rest.frames).map(({ position }) => position)).toEqual(Array.from({ length: 15 }, (_, i) => i + 5))
  })

  test('waits for whole-file bodies as for lines', async () => {
    const files = bodies(4, 0.1).map((body, i) => fileOf(`${i}.json`, JSON.stringify(JSON.parse(body), null, 1)))
    const startedMs = performance.now()
    const { frames } = await runReplay({ options: { files, speed: 1 } })
    expect(records(frames)).toHaveLength(4)
    expect(performance.now() - startedMs, 'three steps of 100 ms').toBeGreaterThanOrEqual(290)
  })

  test.each(['lines', 'documents'])('of %s loops: each lap follows on the one before', async (framing) => {
    const files =
      framing === 'lines'
        ? [fileOf('bodies.jsonl', bodies(3).join('\n'))]
        : bodies(3).map((body, i) => fileOf(`${i}.json`, JSON.stringify(JSON.parse(body), null, 1)))
    const { frames, ended } = await runReplay({
      options: { files, loop: true },
      ringBytes: 1 << 16,
      stopsWhen: (frames) => records(frames).length >= 10,
    })
    expect(ended).toBe('stopped')
    const times = records(frames).map(({ time }) => time / 1000 - T0)
    expect(times.slice(0, 10)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
    const clocks = records(frames).map(({ clock }) => clock / 1000 - T0)
    expect(clocks.slice(0, 10)).toEqual(times.slice(0, 10))
    expect(records(frames).map(({ position }) => position)).toEqual(times.map((_, i) => i))
  })

  test('of nothing but blank lines, looped, ends', async () => {
    const file = fileOf('blank.jsonl', '\n\n  \n')
    const { ended, frames } = await runReplay({ options: { files: [file], loop: true } })
    expect(ended).toBe('finished')
    expect(frames.every(({ kind }) => kind === FrameKind.progress)).toBe(true)
  })

  test('refuses unread the body that has failed its thread twice, and nothing else', async () => {
    const lines = bodies(4)
    const file = fileOf('bodies.jsonl', lines.join('\n'))
    const poison = [{ sourceId: 1, position: 2 }]
    const { frames } = await runReplay({ options: { files: [file] }, isCareful: true, poison })
    expect(records(frames).map(({ position }) => position)).toEqual([0, 1, 3])
    expect(letters(frames)).toMatchObject([{ reason: 'poison', line: 3, origin: file }])
  })

  test('says what it cannot read and goes on with the next file', async () => {
    const file = fileOf('bodies.jsonl', bodies(2).join('\n'))
    const { frames, problems, ended } = await runReplay({ options: { files: ['/no/such/file', file] } })
    expect([ended, records(frames).length]).toEqual(['finished', 2])
    expect(problems).toEqual([expect.stringContaining('ENOENT')])
  })

  test('warns once of a file that begins long before the last one ended', async () => {
    const later = fileOf('later.jsonl', bodies(3, 100).join('\n'))
    const earlier = fileOf('earlier.jsonl', bodies(3).join('\n'))
    const { log, frames } = await runReplay({ options: { files: [later, earlier] } })
    expect(log.filter((line) => line.includes('begins before'))).toHaveLength(1)
    expect(records(frames).at(-1)!.clock, 'the clock stays').toBe((T0 + 200) * 1000)
  })

  test('adds nothing of a file that it has finished, wherever it is named again', async () => {
    const [a, b] = [fileOf('a.jsonl', bodies(2).join('\n')), fileOf('b.jsonl', bodies(3).join('\n'))]
    const { frames } = await runReplay({ options: { files: [a!, b!, a!] } })
    expect(records(frames)).toHaveLength(5)
  })
})
