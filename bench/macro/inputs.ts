/** The recordings that the macro benchmarks replay, made once and kept under .cache/bench. */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { gunzipSync } from 'node:zlib'
import { NODE, ROOT, timed } from './processes.ts'

const CACHE = join(ROOT, '.cache/bench')
const SWISS = join(
  process.env.SKEIN_RECORDED_DATA ?? join(ROOT, '../shared/data'),
  'opensky/swiss-2018-08-01-1h-10s.jsonl.gz',
)

/** A million flight envelopes: the recorded Swiss hour, later each time and under other addresses; simulated where it is missing. */
export async function millionEnvelopes(): Promise<string> {
  return existsSync(SWISS)
    ? cached('swiss-envelopes.jsonl', multiplySwissHour)
    : cached('envelopes.jsonl', simulate('envelope'))
}

/** World OpenSky bodies with a million aircraft in all. */
export function worldBodies(): Promise<string> {
  return cached('world-opensky.jsonl', simulate('opensky'))
}

/** A recording of the first body alone. */
export function firstLineOf(file: string): Promise<string> {
  return cached(`first-${basename(file)}`, async (path) => {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      writeFileSync(path, `${line}\n`)
      return
    }
  })
}

async function cached(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(CACHE, name)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  await make(`${path}.part`)
  renameSync(`${path}.part`, path)
  return path
}

function simulate(format: 'envelope' | 'opensky') {
  return async (path: string) => {
    const region =
      format === 'opensky'
        ? ['world', '--aircraft', '8000', '--minutes', '21']
        : ['world', '--aircraft', '2800', '--minutes', '60']
    await timed(NODE, [
      'fixtures/airspace/record.ts',
      '--format',
      format,
      '--region',
      ...region,
      '--every',
      '10',
      '--seed',
      '7',
      '--out',
      path,
    ])
  }
}

type OpenSkyState = [
  string,
  string | null,
  string | null,
  number | null,
  number,
  number | null,
  number | null,
  ...unknown[],
]

const TIMES = 77
const SECONDS_APART = 3600

async function multiplySwissHour(path: string): Promise<void> {
  const bodies: { states: OpenSkyState[] }[] = gunzipSync(readFileSync(SWISS))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const out = createWriteStream(path)
  for (let time = 0; time < TIMES; time++) {
    const lines = bodies.flatMap(({ states }) => states.map((state) => JSON.stringify(envelope(state, time))))
    if (!out.write(`${lines.join('\n')}\n`)) await new Promise((resolve) => out.once('drain', () => resolve(null)))
  }
  await new Promise<void>((resolve) => out.end(() => resolve()))
}

function envelope(state: OpenSkyState, time: number): object {
  const [
    icao24,
    callsign,
    ,
    position,
    contact,
    lon,
    lat,
    altitude_m,
    on_ground,
    velocity_mps,
    heading_deg,
    vertical_rate_mps,
  ] = state
  const later = (seconds: number | null) => (seconds === null ? null : seconds + time * SECONDS_APART)
  return {
    schema_version: 1,
    type: 'flight_update',
    payload: {
      icao24: ((Number.parseInt(icao24, 16) + time * 7919) % 0xffffff).toString(16).padStart(6, '0'),
      callsign: callsign?.trim() || null,
      position: { lat, lon },
      altitude_m,
      velocity_mps,
      heading_deg,
      vertical_rate_mps,
      on_ground,
      squawk: null,
      time_position_unix: later(position),
      last_contact_unix: later(contact),
    },
  }
}
