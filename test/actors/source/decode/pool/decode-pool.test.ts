import { afterEach, describe, expect, test } from 'vitest'
import { createDecoder } from '../../../../../actors/source/decode/index.ts'
import { DecodePool } from '../../../../../actors/source/decode/pool/index.ts'
import { FrameBatch } from '../../../../../engine/records/index.ts'
import { makeContext } from '../decoding.ts'

const NOW = 1_750_000_000
const HOSTILE = new URL('./hostile-thread.js', import.meta.url).href
const never = new AbortController().signal

function body(aircraft: number, more = ''): Buffer {
  const rows = Array.from({ length: aircraft }, (_, i) => ({
    hex: i.toString(16).padStart(6, '0'),
    flight: `TEST${i}`,
    lat: (i % 180) - 90,
    lon: (i % 360) - 180,
    alt_baro: i % 7 === 0 ? 'ground' : i,
    seen_pos: i % 11 === 0 ? 400 : 1,
  }))
  return Buffer.from(`{"now":${NOW},${more}"ac":${JSON.stringify(rows)}}`)
}

let pool: DecodePool
afterEach(() => pool.close())

test('a body comes to the same frames there as here, one after the other', async () => {
  pool = new DecodePool()
  const here = makeContext()
  let there = makeContext()
  for (const aircraft of [20_000, 10, 30_000]) {
    const batch = new FrameBatch()
    const decoder = createDecoder('readsb')
    const bytes = body(aircraft)
    decoder.decode(bytes, 0, bytes.length, here, batch)
    const decoded = await pool.decode('readsb', bytes, there, never)
    there = decoded!.context
    expect(there).toEqual(here)
    expect(decoded!.isTaken).toBe(true)
    expect(Buffer.from(decoded!.frames).equals(batch.memory.u8.subarray(0, batch.length))).toBe(true)
    expect(bytes.length, 'the body stays with its owner').toBeGreaterThan(0)
  }
})

test('a body that is refused is a dead letter there as here', async () => {
  pool = new DecodePool()
  const decoded = await pool.decode('readsb', Buffer.from('{"now":'), makeContext(), never)
  expect(decoded).toMatchObject({ isTaken: false, context: { ordinal: 1 } })
})

describe('a body that is too much for its thread', () => {
  test.each(['exit', 'throw', 'hang'])('(%s) costs that thread alone', async (how) => {
    pool = new DecodePool({ threads: 2, module: HOSTILE, timeoutMs: 4000 })
    const good = body(100)
    const outcomes = await Promise.all([
      pool.decode('readsb', body(1, `"${how}":1,`), makeContext(), never),
      pool.decode('readsb', good, makeContext(), never),
    ])
    expect(outcomes.map((outcome) => outcome?.isTaken ?? null)).toEqual([null, true])
    expect((await pool.decode('readsb', good, makeContext(), never))?.isTaken).toBe(true)
  })
})

test('nobody waits for a body once the engine drains', async () => {
  pool = new DecodePool({ module: HOSTILE })
  const abort = new AbortController()
  const decoding = pool.decode('readsb', body(1, '"hang":1,'), makeContext(), abort.signal)
  setTimeout(() => abort.abort(), 300)
  await expect(decoding).rejects.toThrow()
})
