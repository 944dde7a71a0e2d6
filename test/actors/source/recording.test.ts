import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { describeRecording } from '../../../actors/source/replay/recording.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

const RECORDED = process.env.SKEIN_RECORDED_DATA ?? '../shared/data'

const envelope = '{"schema_version":1,"type":"flight_state","payload":{"icao24":"abcdef"}}'
const opensky = '{"time":1,"states":[]}'
const readsb = '{"now":1,"aircraft":[]}'
const event = '{"id":"1","timestamp":1,"source":"s","payload":1}'

async function describeText(text: string | Uint8Array) {
  const path = join(scratchDirectory(), 'recording')
  writeFileSync(path, text)
  return describeRecording(path, 'auto')
}

describe('what a recording holds is told by its beginning', () => {
  test.each([
    ['envelopes', `${envelope}\n${envelope}\n`, 'envelope', false],
    ['OpenSky bodies', `${opensky}\n${opensky}\n`, 'opensky', false],
    ['receiver bodies', `${readsb}\n`, 'readsb', false],
    ['events', `${event}\n${event}`, 'event', false],
    ['one body over many lines', JSON.stringify(JSON.parse(opensky), null, 2), 'opensky', true],
    ['a byte order mark', `\ufeff${readsb}\n`, 'readsb', false],
    ['lines that end in CRLF', `${envelope}\r\n${envelope}\r\n`, 'envelope', false],
    ['blank lines first', `\n\r\n${opensky}\n`, 'opensky', false],
    ['an error page first', `<html>\n<p>busy</p>\n</html>\n${opensky}\n${opensky}\n`, 'opensky', false],
    ['a broken line first', `{"time":1,\n${opensky}\n${opensky}\n`, 'opensky', false],
    ['a line that is cut in its rows first', `{"time":1,"states":[[\n${opensky}\n${opensky}\n`, 'opensky', false],
    ['another answer first', `{"error":"limit"}\n${readsb}\n`, 'readsb', false],
    ['nothing that is known', 'hello\nworld\n', 'envelope', false],
  ])('%s', async (_, text, format, isDocument) => {
    expect(await describeText(text)).toMatchObject({ format, isDocument })
    expect(await describeText(gzipSync(text))).toMatchObject({ format, isDocument })
  })

  test('a body of many megabytes on one line', async () => {
    const body = `{"time":1,"states":[${Array(100_000).fill('["abcdef"]').join(',')}]}`
    expect(await describeText(body)).toMatchObject({ format: 'opensky', isDocument: false })
  })

  test('an empty file is none', async () => {
    expect(await describeText('')).toBeNull()
    expect(await describeText(gzipSync(''))).toBeNull()
  })
})

test('a recording is known by its path, its size and its beginning, not by its times', async () => {
  const directory = scratchDirectory()
  const path = join(directory, 'a')
  const identity = async (of = path) => (await describeRecording(of, 'auto'))!.identity
  writeFileSync(path, `${opensky}\n`)
  const first = await identity()
  utimesSync(path, 1, 1)
  expect(await identity()).toBe(first)
  expect(await identity(join(directory, '.', 'a'))).toBe(first)
  writeFileSync(join(directory, 'b'), `${opensky}\n`)
  expect(await identity(join(directory, 'b'))).not.toBe(first)
  writeFileSync(path, `${opensky}\n${opensky}\n`)
  expect(await identity()).not.toBe(first)
})

describe.skipIf(!existsSync(RECORDED))('recorded files are told apart', () => {
  const inFolder = (folder: string) => readdirSync(join(RECORDED, folder)).map((name) => join(RECORDED, folder, name))

  test.each([
    ['opensky', () => inFolder('opensky').filter((path) => /world|swiss/.test(path))],
    [
      'readsb',
      () => [...inFolder('readsb/houston-2016'), ...inFolder('readsb')].filter((path) => path.endsWith('.json')),
    ],
  ])('%s', async (format, files) => {
    for (const file of files()) expect((await describeRecording(file, 'auto'))!.format, file).toBe(format)
  })
})
