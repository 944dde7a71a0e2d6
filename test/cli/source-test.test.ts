import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEMO_KEY } from '../../fixtures/airspace/serve/index.ts'
import { SKEIN, SkeinProcess } from '../chaos/skein-process.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { startAsking } from '../fixtures/airspace/serve/asking.ts'

const CATALOG = join(import.meta.dirname, '../../config/sources/usgs-catalog.yaml')
const COINBASE = join(import.meta.dirname, '../../config/sources/coinbase.yaml')

async function skein(args: string[], env: Record<string, string> = {}) {
  const run = new SkeinProcess(SKEIN, args, { ...process.env, ...env })
  const { code } = await run.exited
  return { code, stdout: run.stdout, stderr: run.stderr }
}

function sourceFile(text: string): string {
  const file = join(scratchDirectory(), 'source.yaml')
  writeFileSync(file, text)
  return file
}

describe('skein check, of a source in a file of its own', () => {
  test('says that it is well', async () => {
    const { code, stdout } = await skein(['check', COINBASE])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('coinbase.yaml: ok; 1 source') })
  })

  test('names each mistake with its place there', async () => {
    const file = sourceFile('provider: x\npoll:\n  url: http://a.org/{x}\n  limts: [1/s]\n  format: readsb\n')
    const { code, stderr } = await skein(['check', file])
    expect(code).toBe(78)
    expect(stderr).toContain(`${file}:4:3: unknown option "limts"; did you mean "limits"?`)
  })

  test.each([
    ['pages: { kind: pagee }', '5:18:', 'must be one of page, offset, cursor, link'],
    ['pages: { kind: page, sise: 5 }', '5:24:', 'unknown option "sise"; did you mean "size"?'],
    ['pages: { kind: cursor, from: x }', '5:3:', 'missing option "param"'],
    ['pages: { kind: page, param: q }', '5:31:', '"q" is in the address already'],
    ['pages: { kind: link, from: x }', '5:30:', 'needs a map'],
    ['since: { from: t, param: s }', '5:10:', 'needs a map'],
    ['since: { from: t, param: s, overlap: 5m }', '5:40:', 'needs a `unit`'],
  ])('of %s says what is wrong, and where', async (text, place, what) => {
    const file = sourceFile(`poll:\n  url: http://a.org/?q=1\n  limits: []\n  format: readsb\n  ${text}\n`)
    const { code, stderr } = await skein(['check', file])
    expect(code).toBe(78)
    expect(stderr).toContain(`${file}:${place}`)
    expect(stderr).toContain(what)
  })

  test('says of a place in an address that nothing fills it in', async () => {
    const file = sourceFile('poll:\n  url: http://a.org/{x}\n  limits: [1/s]\n  format: readsb\n')
    expect((await skein(['check', file])).stderr).toContain(`${file}:2:8: {x} has no value; add it to params`)
  })
})

describe('skein source test', () => {
  test('makes one request and shows what comes of it', async () => {
    const { airspace } = await startAsking({ providers: { coinbase: {} }, clock: Date.now })
    const env = { COINBASE_URL: airspace.url('coinbase') }
    const { code, stdout, stderr } = await skein(['source', 'test', COINBASE, '--param', 'product=ETH-USD'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^GET http.*\/products\/ETH-USD\/ticker\n200, \d+ bytes, \d+ ms\n/)
    expect(stdout).toContain('"symbol":"coinbase:ETH-USD"')
    expect(stdout).toMatch(/1 rows: 1 records, 0 refused\n$/)
    expect(airspace.stats().coinbase!.requests).toBe(1)
  })

  test('shows the first pages of a round, and where the next goes on', async () => {
    const { airspace } = await startAsking({ providers: { 'usgs-earthquakes': {}, polygon: {} }, clock: Date.now })
    const usgs = { USGS_URL: airspace.url('usgs-earthquakes') }
    const catalog = await skein(['source', 'test', CATALOG, '--records', '1'], usgs)
    expect(catalog.stderr).toBe('')
    expect(catalog.stdout.match(/offset=\d+/g)).toEqual(['offset=1', 'offset=1001', 'offset=2001', 'offset=3001'])
    expect(catalog.stdout).toMatch(/\nnext page: .*offset=3001&limit=1000\nthe largest so far: \d+\n$/)
    expect(airspace.stats()['usgs-earthquakes']!.requests).toBe(3)
    const polygon = { POLYGON_URL: airspace.url('polygon'), POLYGON_API_KEY: DEMO_KEY }
    const bars = await skein(['source', 'test', CATALOG.replace('usgs-catalog', 'polygon')], polygon)
    expect(bars.stdout).toContain('/range/1/day/2025-01-01/')
    expect(bars.stdout).toMatch(/\nnext round since: \d{4}-\d\d-\d\d\n$/)
  })

  test('says what is wrong where there is nobody', async () => {
    const file = sourceFile('poll:\n  url: http://no-such-host.invalid/\n  limits: []\n  format: readsb\n')
    const { code, stderr } = await skein(['source', 'test', file])
    expect(code).toBe(69)
    expect(stderr).toContain('no-such-host.invalid')
  })
})
