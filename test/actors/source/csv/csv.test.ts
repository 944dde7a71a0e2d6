import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import csv from '../../../../actors/source/csv/csv.ts'
import { type CsvSettings, csvSpec } from '../../../../actors/source/csv/spec.ts'
import { pipelineSchema } from '../../../../cli/pipeline.ts'
import { loadConfig } from '../../../../engine/config/index.ts'
import {
  deadLetter,
  type Frame,
  FrameKind,
  makeSourceState,
  progressCursor,
  type SourceState,
} from '../../../../engine/records/index.ts'
import { event, traffic } from '../../../../schemas/index.ts'
import { scratchDirectory } from '../../../engine/runtime/scratch.ts'
import { runSource } from '../run-source.ts'

const RECORDED = join(process.env.SKEIN_RECORDED_DATA ?? '../shared/data', 'metr-la')

const LONG = {
  schema: 'traffic',
  key: '{sensor}',
  time: { from: 'at', unit: 'iso8601' },
  fields: { speed_mph: 'mph' },
  valid: { speed_mph: { min: 0, max: 120 } },
}

const settingsOf = (more: object): CsvSettings => csvSpec.options.parse({ ...LONG, ...more })

function fileOf(content: string | Uint8Array, name = 'in.csv'): string {
  const file = join(scratchDirectory(), name)
  writeFileSync(file, content)
  return file
}

const read = (more: object, resume?: SourceState) =>
  runSource(csv, { settings: settingsOf(more), maxFrameBytes: 1 << 20 }, resume === undefined ? {} : { resume })

const speeds = (frames: readonly Frame[]) =>
  frames
    .filter(({ kind }) => kind === FrameKind.record)
    .map((frame) => [
      traffic.fields.sensor_id.get(frame),
      traffic.fields.speed_mph.isNull(frame) ? null : traffic.fields.speed_mph.get(frame),
    ])

const letters = (frames: readonly Frame[]) =>
  frames
    .filter(({ kind }) => kind === FrameKind.deadLetter)
    .map((frame) => {
      const { reason, line, row, offset, detail, input } = deadLetter.toObject(frame) as Record<string, string | number>
      return { reason, line, row, offset, detail, input: Buffer.from(String(input), 'base64').toString('latin1') }
    })

const HEADER = 'sensor,at,mph\n'
const row = (sensor: string, mph: string | number) => `${sensor},2012-03-01T00:00:00Z,${mph}\n`

describe('a csv source', () => {
  test.each([
    ['line feeds', HEADER + row('a', 1) + row('b', 2)],
    ['carriage returns before them', (HEADER + row('a', 1) + row('b', 2)).replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${HEADER}${row('a', 1)}${row('b', 2)}`],
    ['no line feed at the end', (HEADER + row('a', 1) + row('b', 2)).trimEnd()],
    ['blank lines', `${HEADER}\n${row('a', 1)}\r\n\n${row('b', 2)}\n`],
    ['quotes around everything', `"sensor","at","mph"\n"a","2012-03-01 00:00:00","1"\n"b","2012-03-01 00:00:00","2"\n`],
    ['white space around numbers', HEADER + row('a', ' 1 ') + row('b', '2\t')],
    ['other columns, in another order', `mph,x,at,sensor\n1,,2012-03-01,a\n2,"x\ny",2012-03-01,b\n`],
  ])('reads %s', async (_, content) => {
    for (const file of [fileOf(content), fileOf(gzipSync(content), 'in.csv.gz')]) {
      const { frames, ended } = await read({ files: [file] })
      expect(speeds(frames)).toEqual([
        ['a', 1],
        ['b', 2],
      ])
      expect(letters(frames)).toEqual([])
      expect(ended).toBe('finished')
    }
  })

  test('takes what stands in quotes as it is, line breaks and doubled quotes too', async () => {
    const settings = {
      schema: 'event',
      key: '{id}',
      time: { from: 'at', unit: 'ms' },
      fields: { source: { value: 'notes' } },
      valid: {},
    }
    const { frames } = await read({ ...settings, files: [fileOf('id,at,text\nx,5,"one\r\ntwo ""three"", four"\n')] })
    expect(frames[0]!.time).toBe(5)
    expect(event.toObject(frames[0]!)).toMatchObject({
      id: 'x',
      source: 'notes',
      payload: { id: 'x', at: '5', text: 'one\r\ntwo "three", four' },
    })
  })

  test('a row that is not right is a dead letter with its bytes and place, and the others are taken', async () => {
    const bad = [
      'b,2012-03-01T00:00:00Z\n',
      row('c', -1.85),
      row('d', 'fast'),
      'e,yesterday,5\n',
      row('', 5),
      'f"g",2012-03-01,5\n',
      row('h', 130),
    ]
    const content = HEADER + row('a', 1) + bad.join('') + row('z', 2)
    const { frames } = await read({ files: [fileOf(content)] })
    expect(speeds(frames)).toEqual([
      ['a', 1],
      ['z', 2],
    ])
    const found = letters(frames)
    expect(found.map(({ input }) => input)).toEqual(bad)
    expect(found.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9])
    expect(found.map(({ offset }) => content.indexOf('\n', Number(offset)) + 1 - Number(offset))).toEqual(
      bad.map(({ length }) => length),
    )
    expect(found.map(({ reason }) => reason)).toEqual([
      'bad_shape',
      'bad_value',
      'bad_value',
      'bad_value',
      'bad_key',
      'bad_shape',
      'bad_value',
    ])
    expect(found.map(({ detail }) => detail).slice(0, 3)).toEqual([
      '2 columns; the header has 3',
      'speed_mph is -1.85; at least 0 is wanted',
      'speed_mph is "fast", which is no number',
    ])
  })

  test('bytes that are no UTF-8 spoil their row alone', async () => {
    const content = Buffer.concat([
      Buffer.from(HEADER + row('a', 1)),
      Buffer.from([0xff, 0x2c, 0x2c, 0x0a]),
      Buffer.from(row('b', 2)),
    ])
    const { frames } = await read({ files: [fileOf(content)] })
    expect(speeds(frames)).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(letters(frames)).toMatchObject([{ reason: 'bad_utf8', line: 3 }])
  })

  test('quotes that never end spoil one line', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => row(`s${i}`, 50)).join('')
    const { frames } = await read({
      files: [fileOf(`${HEADER}${row('a', 1)}"open,2012-03-01,5\n${lines}`)],
      maxRow: '1kB',
    })
    expect(speeds(frames)).toHaveLength(301)
    expect(letters(frames)).toMatchObject([{ reason: 'bad_shape', line: 3, input: '"open,2012-03-01,5\n' }])
  })

  test('a row that is too long is a dead letter with its beginning, and is never kept whole', async () => {
    const { frames } = await read({
      files: [fileOf(`${HEADER}${row('a', 1)}${'x'.repeat(200_000)}\n${row('b', 2)}`)],
      maxRow: '1kB',
    })
    expect(speeds(frames)).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(letters(frames)).toMatchObject([{ reason: 'too_large' }])
  })

  test('of a file that is cut off the whole rows are taken', async () => {
    const whole = gzipSync(HEADER + Array.from({ length: 5000 }, (_, i) => row(`s${i}`, (i * 7919) % 100)).join(''))
    const { frames, log } = await read({ files: [fileOf(whole.subarray(0, whole.length - 200), 'cut.csv.gz')] })
    expect(speeds(frames).length).toBeGreaterThan(1000)
    expect(letters(frames).length).toBeLessThanOrEqual(1)
    expect(log.join()).toContain('cut off')
  })

  test.each([
    ['lacks a column', 'a,b\n1,2\n', {}, 'wants the columns "sensor", "at", "mph"; found columns "a", "b"'],
    ['has none', '\n\n', {}, 'has no header'],
    [
      'is data',
      '64.375,67.625\n1,2\n',
      {
        layout: 'wide',
        key: '{$column}',
        time: { from: '$1', unit: 's' },
        fields: { speed_mph: '$cell' },
        valid: { key: { pattern: '\\d{6}' } },
      },
      'found "67.625" in column 2',
    ],
  ])('a header that %s is refused, and says what it wants and found', async (_, content, more, message) => {
    const file = fileOf(content)
    const { ended, frames } = await read({ ...more, files: [file] })
    expect(ended).toMatchObject({ isFatal: false })
    const { parked } = ended as unknown as { parked: Error }
    expect(parked.message).toContain(message)
    expect(parked.message).toContain(`${file}:1`)
    expect(frames).toEqual([])
  })

  test('a column for each sensor is a record for each cell, with what another file says of the sensor', async () => {
    const places = fileOf('index,id,lat\n0,111111,34.1\n1,222222,34.2\n', 'places.csv')
    const { frames } = await read({
      layout: 'wide',
      key: '{$column}',
      time: { from: '$1', unit: 'iso8601' },
      fields: { speed_mph: '$cell', latitude: '$join.lat' },
      nulls: { speed_mph: ['0.0'] },
      join: { file: places, on: 'id' },
      valid: { key: { pattern: '\\d{6}' }, latitude: { max: 34.15 } },
      files: [fileOf(',111111,222222\n2012-03-01 00:00:00,64.375,1\n2012-03-01 00:05:00,0.0,1\n')],
    })
    expect(speeds(frames)).toEqual([
      ['111111', 64.375],
      ['111111', null],
    ])
    expect(frames[0]!.time).toBe(Date.UTC(2012, 2, 1))
    expect(letters(frames).map(({ line, row }) => [line, row])).toEqual([
      [2, 2],
      [3, 2],
    ])
  })

  test('goes on behind the last commit, at a row', async () => {
    const some = Array.from({ length: 40_000 }, (_, i) => `s${i % 50},2012-03-01,"${i % 100}"\n`)
    const file = fileOf(HEADER + some.join(''))
    const { frames } = await read({ files: [file] })
    const all = frames.filter(({ kind }) => kind === FrameKind.record).map(({ position }) => position)
    const stops = frames.filter(({ kind }) => kind === FrameKind.progress)
    expect(stops.length).toBeGreaterThan(2)
    for (const stop of stops.slice(0, -2)) {
      const resume = { ...makeSourceState(1), progressPosition: stop.position, cursor: progressCursor(stop) }
      const rest = (await read({ files: [file] }, resume)).frames.filter(({ kind }) => kind === FrameKind.record)
      expect(rest.map(({ position }) => position)).toEqual(all.filter((position) => position >= stop.position))
      expect(traffic.fields.sensor_id.get(rest.at(-1)!)).toBe('s49')
    }
    const over = {
      ...makeSourceState(1),
      progressPosition: stops.at(-1)!.position,
      cursor: progressCursor(stops.at(-1)!),
    }
    expect((await read({ files: [file] }, over)).frames).toEqual([])
  })

  test('takes of any text what its writer put in', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é', ' ', '1'), maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async (cells) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const lines = cells.map(([one, other], i) => `k${i},5,${quoted(one)},${quoted(other)}\n`)
        const settings = { schema: 'event', key: '{id}', time: { from: 'at', unit: 'ms' }, fields: {}, valid: {} }
        const { frames } = await read({ ...settings, files: [fileOf(`id,at,one,other\n${lines.join('')}`)] })
        const taken = frames
          .filter(({ kind }) => kind === FrameKind.record)
          .map((frame) => event.toObject(frame).payload as { one: string; other: string })
        expect(taken.map(({ one, other }) => [one, other])).toEqual(cells)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the shipped configurations for METR-LA', () => {
  const run = async (config: string, env: Readonly<Record<string, string>>) => {
    const loaded = loadConfig({ file: `config/${config}`, root: pipelineSchema, env })
    if (!loaded.ok) throw new Error('not valid')
    const { options } = loaded.config.sources['metr-la'] as unknown as { options: CsvSettings }
    return runSource(csv, { settings: options, maxFrameBytes: 1 << 20 }, { ringBytes: 1 << 27 })
  }

  test('take 99 of the sample’s 100 readings, and refuse one', async () => {
    const { frames } = await run('metr-la.yaml', {})
    const taken = speeds(frames)
    expect(taken).toHaveLength(99)
    expect(taken.filter(([, speed]) => speed === null)).toEqual([['METR_LA_013', null]])
    expect(letters(frames)).toMatchObject([{ line: 46, detail: 'speed_mph is -1.85; at least 0 is wanted' }])
  })

  test.skipIf(!existsSync(RECORDED))('take all of the data set, and say which readings are missing', async () => {
    const env = {
      METR_LA_WIDE_FILE: join(RECORDED, 'METR-LA.csv'),
      METR_LA_WIDE_LOCATIONS: join(RECORDED, 'graph_sensor_locations.csv'),
    }
    const { frames } = await run('metr-la-wide.yaml', env)
    const taken = speeds(frames)
    expect(taken).toHaveLength(212_382)
    expect(taken.filter(([, speed]) => speed === null)).toHaveLength(5850)
    expect(letters(frames)).toEqual([])
    const first = frames.find(({ kind }) => kind === FrameKind.record)!
    expect(traffic.toObject(first)).toMatchObject({
      sensor_id: '773869',
      speed_mph: 64.375,
      latitude: 34.15497,
      longitude: -118.31829,
    })
  })
})
