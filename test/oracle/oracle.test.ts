/**
 * The engine against an oracle that was written from the rules alone: every record with its verdict, every removal, every dead
 * letter, in order, and the ledger.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { expectOracleAgrees, hasPython } from './compare.ts'
import { NastyFile, type NastyFormat } from './nasty-files.ts'

const RECORDED = process.env.SKEIN_RECORDED_DATA ?? join(import.meta.dirname, '../../../shared/data')
const isRecorded = existsSync(RECORDED)
const isPython = await hasPython()
if (!isPython) console.warn('skipped: the oracle needs python3, which is not here')
if (!isRecorded) console.warn(`skipped in part: no recorded data in ${RECORDED}`)

// Each runs a whole program, and the oracle is slow: on a busy machine that takes a while.
vi.setConfig({ testTimeout: 120_000 })

/** Another one tries others: SKEIN_SEED=7. */
const SEED = Number(process.env.SKEIN_SEED ?? 1)

const inFolder = (folder: string) => {
  const path = join(RECORDED, folder)
  return readdirSync(path).map((name) => join(path, name))
}

/** A receiver's snapshots lie in a ring: sorted by their clocks. */
const byClock = (files: string[]) => files.toSorted((a, b) => clockOf(a) - clockOf(b))
const clockOf = (file: string): number => JSON.parse(readFileSync(file, 'utf8')).now

const RECORDINGS = {
  'the world in OpenSky’s words, twice': () =>
    inFolder('opensky')
      .filter((path) => path.includes('world'))
      .sort(),
  'an hour over Switzerland': () => inFolder('opensky').filter((path) => path.includes('swiss')),
  'a receiver in Houston': () => byClock(inFolder('readsb/houston-2016')),
  'a receiver in Houston, its snapshots out of order': () => inFolder('readsb/houston-2016').sort(),
  'answers of two providers': () =>
    inFolder('readsb')
      .filter((path) => path.endsWith('-point-2026.json'))
      .sort(),
  'the sky around three airports': () =>
    inFolder('readsb')
      .filter((path) => path.includes('live-aircraft'))
      .sort(),
}

describe.skipIf(!isPython || !isRecorded)('of recorded data the log holds what the rules say', () => {
  test.each(Object.entries(RECORDINGS))('%s', async (_, files) => {
    const { entries } = await expectOracleAgrees({ files: files(), log: join(scratchDirectory(), 'log'), lanes: 4 })
    expect(entries.length).toBeGreaterThan(200)
  })
})

describe.skipIf(!isPython)('of recordings that try everything the log holds what the rules say', () => {
  const formats: NastyFormat[] = ['envelope', 'opensky', 'readsb']

  test.each(formats.flatMap((format) => [1, 3].map((lanes) => [format, lanes] as const)))(
    '%s, %i lanes',
    async (format, lanes) => {
      const directory = scratchDirectory()
      const files = writeNastyFiles(directory, format, SEED + lanes)
      const { ledger } = await expectOracleAgrees({ files, format, lanes, log: join(directory, 'log') })
      // All of it has been tried.
      for (const count of ['accepted', 'duplicate', 'late', 'dead_lettered'])
        expect(ledger[count], JSON.stringify(ledger)).toBeGreaterThan(20)
    },
  )

  test('in a box that spans the antimeridian', async () => {
    const directory = scratchDirectory()
    const files = writeNastyFiles(directory, 'opensky', SEED)
    const bounds = { latMin: -30.5, latMax: 60, lonMin: 100, lonMax: -100.25 }
    const set = [`bounds=${JSON.stringify(bounds)}`]
    const oracleOptions = [`--bbox=${Object.values(bounds)}`]
    const { ledger } = await expectOracleAgrees({
      files,
      format: 'opensky',
      set,
      oracleOptions,
      log: join(directory, 'log'),
    })
    expect(ledger).toMatchObject({ discarded: { outside_bbox: expect.any(Number) } })
  })

  test('with bodies that are too long', async () => {
    const directory = scratchDirectory()
    const files = writeNastyFiles(directory, 'readsb', SEED)
    const set = ['sources.replay.replay.maxBody=3000']
    const { entries } = await expectOracleAgrees({
      files,
      format: 'readsb',
      set,
      oracleOptions: ['--max-body=3000'],
      log: join(directory, 'log'),
    })
    expect(entries.filter(({ reason }) => reason === 'too_large').length).toBeGreaterThan(5)
  })

  test('one body a file, written over many lines, of a format that is found out', async () => {
    const directory = scratchDirectory()
    const files = formats.flatMap((format) =>
      new NastyFile(format, SEED)
        .lines(60)
        .toString('utf8')
        .split(/\r?\n/)
        .flatMap((line, i) => {
          const path = join(directory, `${format}-${String(i).padStart(3, '0')}.json`)
          const spread = spreadOut(line)
          if (spread !== null) writeFileSync(path, spread)
          return spread === null ? [] : [path]
        }),
    )
    expect(files.length).toBeGreaterThan(100)
    await expectOracleAgrees({ files, log: join(directory, 'log') })
  })
})

/** Eight recordings that follow on each other, or overlap; some compressed, some cut off. */
function writeNastyFiles(directory: string, format: NastyFormat, seed: number): string[] {
  let startsAfterSeconds = 0
  return Array.from({ length: 8 }, (_, i) => {
    const nasty = new NastyFile(format, seed * 8 + i, startsAfterSeconds)
    const path = join(directory, `${i}.jsonl`)
    writeFileSync(path, i % 4 === 3 ? nasty.compressed(150) : nasty.lines(format === 'envelope' ? 1500 : 200))
    startsAfterSeconds = nasty.endsAfterSeconds - (i % 3) * 100
    return path
  })
}

/** A body over many lines; null for what is none. */
function spreadOut(line: string): string | null {
  try {
    const body = JSON.parse(line)
    return typeof body === 'object' &&
      body !== null &&
      ['payload', 'states', 'aircraft', 'ac'].some((name) => name in body)
      ? JSON.stringify(body, null, 2)
      : null
  } catch {
    return null
  }
}
