import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

const TIME_MS = 1_764_200_000_000

describe('skein find', () => {
  test('gives the documents of a source, the newest first, by what their fields say', async () => {
    const file = join(scratchDirectory(), 'events.jsonl')
    const events = [
      { id: 'a', source: 'adsbdb', payload: { mode_s: '1', registration: 'HB-JHA', isOld: true, weight: 1.5 } },
      { id: 'b', source: 'adsbdb', payload: { mode_s: '1', registration: 'HB-JHA', isOld: false, weight: 1000 } },
      { id: 'c', source: 'adsbdb', payload: { mode_s: '2', registration: 'é "quoted"', weight: null } },
      { id: 'd', source: 'other', payload: { mode_s: '1' } },
    ]
    const lines = events.map((event, i) => JSON.stringify({ ...event, timestamp: TIME_MS + i }))
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
    const pairs = join(scratchDirectory(), 'pairs.sqlite')
    const { start, stop, skein, log, metrics } = pollingProgram(
      `events: { replay: { files: [${file}], format: event, speed: 0, loop: false } }`,
      `sinks:
  history: { sqlite: { interval: 50ms, keep: 36500d } }
  pairs: { sqlite: { file: ${pairs}, interval: 50ms, keep: 36500d, keys: { adsbdb: [mode_s, registration] } } }`,
    )
    const run = start()
    await expect.poll(metrics).toMatch(/skein_sqlite_rows_total\{actor="history"\} 4$/m)
    const find = (...command: string[]) =>
      skein('find', 'adsbdb', '--log', log, ...command)
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).event_id)
    expect(find()).toEqual(['c', 'b', 'a'])
    expect(find('--limit', '1')).toEqual(['c'])
    expect(find('--where', 'mode_s=1')).toEqual(['b', 'a'])
    expect(find('--where', 'mode_s=1', '--where', 'isOld=true')).toEqual(['a'])
    expect(find('--where', 'weight=1000')).toEqual(['b'])
    expect(find('--where', 'registration=é "quoted"')).toEqual(['c'])
    expect(find('--where', 'nothing=1')).toEqual([])
    expect(find('--where', `x"') OR 1=1 --=1`)).toEqual([])
    await stop(run, 'SIGTERM')
    expect(find('--file', pairs)).toEqual(['c', 'b'])
    expect(() => skein('find', 'adsbdb', '--log', log, '--file', '/nowhere/x.sqlite')).toThrow(/no history here/)
  })
})
