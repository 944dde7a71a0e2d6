import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { DeltaEncoder } from '../../../actors/hub/delta-encoder.ts'
import { encodeHello, helloDetails } from '../../../actors/hub/hello.ts'
import { LiveTable } from '../../../actors/hub/live-table.ts'
import { encodeSnapshot } from '../../../actors/hub/snapshot-encoder.ts'
import { FrameKind } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { flightFrame, type Observation } from './flight-frames.ts'

const EPOCH = 0xcafebabe
const FIRST_MS = 1_533_121_500_000
const SECOND_MS = 1_533_121_510_000
const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')

/** The bytes of an annotated block in the page: hex digits before the bar on each line. */
function bytesInPage(name: string): string {
  const block = page.match(new RegExp(`\`\`\`hex ${name}\\n([^\`]*)\`\`\``))?.[1]
  if (block === undefined) throw new Error(`docs/protocol.md has no block of bytes called ${name}`)
  return block
    .split('\n')
    .map((line) => line.split('│')[0]!.replaceAll(' ', ''))
    .join('')
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const lufthansa: Observation = {
  icao24: '3c6443',
  callsign: 'DLH35X',
  lat: 46.8417,
  lon: 6.7795,
  altitude_m: 10660.38,
  velocity_mps: 212.91,
  heading_deg: 231.08,
  vertical_rate_mps: 0,
  on_ground: false,
  spi: false,
  time_position_unix: 1_533_121_500,
  last_contact_unix: 1_533_121_500,
}

let snapshot: Uint8Array
let delta: Uint8Array
let hello: Uint8Array
let heartbeat: Uint8Array

beforeAll(() => {
  const table = new LiveTable(flight, { capacity: 100 })
  const encoder = new DeltaEncoder(table)
  const header = { epoch: EPOCH, channel: 0, seq: 1, clock_ms: FIRST_MS }
  table.onFrame(flightFrame(lufthansa, FIRST_MS))
  table.onFrame(
    flightFrame({ icao24: '400867', lat: 47.4088, lon: 7.1795, last_contact_unix: 1_533_121_498.4 }, FIRST_MS),
  )
  encoder.encode(header)
  snapshot = encodeSnapshot(table, header, 'msgpack')[0]!
  hello = encodeHello(
    header,
    helloDetails(table.columns, 'msgpack', 'skein', { tick_ms: 200, heartbeat_ms: 5000, stale_after_ms: 60_000 }),
  )
  const moved = {
    ...lufthansa,
    lat: 46.83051,
    lon: 6.8035,
    heading_deg: null,
    time_position_unix: 1_533_121_509,
    last_contact_unix: 1_533_121_510,
  }
  table.onFrame(flightFrame(moved, SECOND_MS))
  table.onFrame(flightFrame({ icao24: '400867' }, SECOND_MS, FrameKind.removal))
  table.onFrame(flightFrame({ icao24: '~2a0005', lat: -0.00001, lon: 0, time_position_unix: 1_533_121_510 }, SECOND_MS))
  delta = encoder.encode({ ...header, seq: 2, clock_ms: SECOND_MS })
  heartbeat = encoder.encode({ ...header, seq: 3, clock_ms: SECOND_MS })
})

test('the snapshot is the bytes that the page shows', () => {
  expect(hex(snapshot)).toBe(bytesInPage('snapshot'))
})

test('the delta is the bytes that the page shows', () => {
  expect(hex(delta)).toBe(bytesInPage('delta'))
})

test('the empty delta is the bytes that the page shows', () => {
  expect(hex(heartbeat)).toBe(bytesInPage('heartbeat'))
})

test('hello starts with the bytes that the page shows, and its fields are those of the page', () => {
  expect(hex(hello).startsWith(bytesInPage('hello'))).toBe(true)
  const listed = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (string|number|boolean) \|.*\| ?(\d*) ?\|$/gm)].flatMap(
    ([, names, type, scale]) =>
      [...names!.matchAll(/\w+/g)].map(([name]) => ({ name, type, ...(scale === '' ? {} : { scale: Number(scale) }) })),
  )
  const fields = new LiveTable(flight, { capacity: 1 }).columns.map(({ field: { name, type, scale } }) => ({
    name,
    type,
    ...(scale === undefined ? {} : { scale }),
  }))
  expect(listed).toEqual(fields)
})
