/** Recorded bodies for the decode benchmark, where there are any: SKEIN_RECORDED_DATA, or ../shared/data. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Input } from './inputs.ts'

const ROOT = path.resolve(process.env.SKEIN_RECORDED_DATA ?? path.join(import.meta.dirname, '../../../shared/data'))

export function recordedInputs(): Input[] {
  if (!existsSync(ROOT)) return []
  const file = (name: string): Buffer => readFileSync(path.join(ROOT, name))
  const houston = readdirSync(path.join(ROOT, 'readsb/houston-2016')).map((name) => file(`readsb/houston-2016/${name}`))
  const swiss = lines(gunzipSync(file('opensky/swiss-2018-08-01-1h-10s.jsonl.gz')))
  return [
    {
      name: 'recorded: OpenSky world 2021',
      format: 'opensky',
      bodies: [file('opensky/world-2021-10-17.json')],
      rows: 5485,
    },
    {
      name: 'recorded: OpenSky world 2025, indented',
      format: 'opensky',
      bodies: [file('opensky/world-2025-12-28.json')],
      rows: 6553,
    },
    { name: 'recorded: OpenSky Swiss hour', format: 'opensky', bodies: swiss, rows: 13_089 },
    { name: 'recorded: readsb Houston', format: 'readsb', bodies: houston, rows: 10_239 },
    {
      name: 'recorded: readsb adsb.lol',
      format: 'readsb',
      bodies: [file('readsb/adsblol-point-2026.json')],
      rows: 716,
    },
    {
      name: 'recorded: readsb JFK, indented',
      format: 'readsb',
      bodies: [file('readsb/live-aircraft-KJFK.json')],
      rows: 124,
    },
  ]
}

function lines(all: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf(0x0a, at)
    found.push(all.subarray(at, end + 1))
    at = end + 1
  }
  return found
}
