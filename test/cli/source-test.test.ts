import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SKEIN, SkeinProcess } from '../chaos/skein-process.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { startAsking } from '../fixtures/airspace/serve/asking.ts'

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

  test('says what is wrong where there is nobody', async () => {
    const file = sourceFile('poll:\n  url: http://no-such-host.invalid/\n  limits: []\n  format: readsb\n')
    const { code, stderr } = await skein(['source', 'test', file])
    expect(code).toBe(69)
    expect(stderr).toContain('no-such-host.invalid')
  })
})
