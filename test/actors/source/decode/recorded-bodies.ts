/** Recorded bodies of each format, where there are any: SKEIN_RECORDED_DATA, or ../shared/data beside the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

const ROOT = path.resolve(
  process.env.SKEIN_RECORDED_DATA ?? path.join(import.meta.dirname, '../../../../../shared/data'),
)

export const hasRecordings = existsSync(path.join(ROOT, 'opensky'))

export interface Recorded {
  name: string
  format: 'opensky' | 'readsb'
  bodies: Buffer[]
}

export function recordedBodies(): Recorded[] {
  const file = (name: string): Buffer => readFileSync(path.join(ROOT, name))
  const single = (format: Recorded['format'], name: string): Recorded => ({ name, format, bodies: [file(name)] })
  const houston = readdirSync(path.join(ROOT, 'readsb/houston-2016'))
    .map((name) => file(`readsb/houston-2016/${name}`))
    .map((body) => ({ body, now: (JSON.parse(body.toString()) as { now: number }).now }))
    .sort((a, b) => a.now - b.now)
    .map(({ body }) => body)
  const swiss = gunzipSync(file('opensky/swiss-2018-08-01-1h-10s.jsonl.gz')).toString().trimEnd().split('\n')
  return [
    single('opensky', 'opensky/world-2021-10-17.json'),
    single('opensky', 'opensky/world-2025-12-28.json'),
    { name: 'opensky/swiss', format: 'opensky', bodies: swiss.map((line) => Buffer.from(line)) },
    { name: 'readsb/houston-2016', format: 'readsb', bodies: houston },
    single('readsb', 'readsb/adsblol-point-2026.json'),
    single('readsb', 'readsb/airplaneslive-point-2026.json'),
    single('readsb', 'readsb/live-aircraft-KBOS.json'),
    single('readsb', 'readsb/live-aircraft-KJFK.json'),
    single('readsb', 'readsb/live-aircraft-KORD.json'),
  ]
}
