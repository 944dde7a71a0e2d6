/**
 * A small recording in which everything happens that recovery could get wrong: OpenSky bodies, one a line.
 *
 * Keys that are mentioned by duplicates only, removals at the very edge, a clock that goes back, bodies of nothing but
 * discards, whole seconds that pass by discards alone, refused rows and refused bodies, empty bodies, blank lines.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Row = [icao24: unknown, time: number | null, lat?: unknown, lon?: unknown]

const T0 = 1_600_000_000

/** A row of 17 columns. */
function state([icao24, time, lat = 40 + ((time ?? 0) % 7), lon = -74]: Row): unknown[] {
  return [icao24, 'NASTY1  ', 'Nowhere', time, time, lon, lat, 1000, false, 200, 90, 0, null, 1010, '7000', false, 0]
}

const body = (time: number, ...rows: Row[]): string => JSON.stringify({ time, states: rows.map(state) })

/** Two files: the second begins before the first has ended. */
export function nastyBodies(): string[][] {
  const t = T0
  return [
    [
      body(t, ['aaaaaa', t], ['bbbbbb', t - 1], ['cccccc', t]),
      body(t + 10, ['aaaaaa', t + 9], ['bbbbbb', t - 1], ['dddddd', null]),
      body(t + 10, ['aaaaaa', t + 9], ['aaaaaa', t + 9.1], ['aaaaaa', t + 9.25], ['aaaaaa', t + 8]),
      '',
      body(t + 20, ['bbbbbb', t - 1], ['cccccc', null, null, null], ['zzzzzz', t]), // no position; bad key
      JSON.stringify({ time: t + 30, states: null }),
      body(t + 40, ['bbbbbb', t - 1]), // a mention by a duplicate keeps it alive
      body(t + 50, ['', t + 50], ['  ', t + 50]), // nothing but discards
      body(t + 60, ['', t + 60], ['eeeeee', t - 301]), // cccccc is 60 s silent: not yet gone
      body(t + 60.5, ['', t + 60]), // the same second
      body(t + 61, ['', t + 61]), // cccccc is gone
      '{"time": broken',
      '{"time":1,"states":"none"}',
      body(t + 5, ['aaaaaa', t + 5], ['ffffff', t + 4]), // the clock goes back: it stays at 61
      body(t + 62, ['aaaaaa', t + 62], ['ffffff', t + 62, 91, 0], ['ffffff', t + 62, 0, 181]),
      body(t + 62, ['aaaaaa', t + 125], ['cccccc', t + 62]), // ahead of its body; cccccc starts afresh
      body(t + 62.4, ['aaaaaa', t + 62.4]), // the clock moves on within its second
      body(t + 121, ['ffffff', t + 121]), // 60 s after its mention: at the edge, still there
      body(t + 122.001, ['aaaaaa', t + 122]), // a record of a key that has just become stale
      body(t + 400, ['', t]), // everything is gone at once, by discards
      body(t + 401, ['aaaaaa', t + 401], ['bbbbbb', t + 101]),
    ],
    [
      body(t + 300, ['aaaaaa', t + 300], ['bbbbbb', t + 102], ['abcdef', t + 300]),
      'not json at all',
      body(t + 402, ['aaaaaa', t + 402], ['~abcde1', t + 402], ['ABCDEF', t + 402]),
      body(t + 403),
      body(t + 500, ['', t]),
      body(t + 560.4, ['~abcde1', t + 560]),
    ],
  ]
}

/** Writes the recording; returns its files. */
export function writeNastyRecording(directory: string): string[] {
  return nastyBodies().map((lines, index) => {
    const path = join(directory, `nasty-${index}.jsonl`)
    writeFileSync(path, `${lines.join('\n')}\n`)
    return path
  })
}
