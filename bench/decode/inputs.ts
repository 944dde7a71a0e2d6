/**
 * Bodies for the decode benchmark, made from a seed so that every run decodes the same bytes. They look like the real
 * feeds: the same members in the same order, the same number of digits, call signs padded, nulls here and there.
 */
import { seeded } from '../../fixtures/seeded.ts'

export interface Input {
  name: string
  format: 'envelope' | 'opensky' | 'readsb'
  /** One body, or one to a line. */
  bodies: Buffer[]
  /** What the decoder should find in all of them. */
  rows: number
}

const CLOCK = 1_766_888_059

export function makeInputs(rows = 5000): Input[] {
  const sky = makeSky(rows)
  const pretty = (value: object): Buffer => Buffer.from(JSON.stringify(value, null, 2))
  return [
    { name: 'flight envelopes', format: 'envelope', bodies: sky.map(envelope), rows },
    { name: 'OpenSky body', format: 'opensky', bodies: [opensky(sky)], rows },
    { name: 'readsb aircraft.json', format: 'readsb', bodies: [receiver(sky)], rows },
    { name: 'readsb API v2', format: 'readsb', bodies: [apiV2(sky)], rows },
    { name: 'readsb API v2, indented', format: 'readsb', bodies: [pretty(JSON.parse(apiV2(sky).toString()))], rows },
  ]
}

interface Aircraft {
  icao24: string
  callsign: string
  latitude: number
  longitude: number
  altitude_m: number
  velocity_mps: number
  heading_deg: number
  vertical_rate_mps: number
  squawk: string | null
  age: number
}

function makeSky(size: number): Aircraft[] {
  const random = seeded(20_260_314)
  const between = (low: number, high: number, digits: number): number =>
    Number((low + random() * (high - low)).toFixed(digits))
  const letters = (count: number): string =>
    Array.from({ length: count }, () => String.fromCharCode(65 + Math.floor(random() * 26))).join('')
  return Array.from({ length: size }, () => ({
    icao24: between(0x100000, 0xffffff, 0).toString(16),
    callsign: `${letters(3)}${between(1, 9999, 0)}`,
    latitude: between(-60, 75, 4),
    longitude: between(-180, 180, 4),
    altitude_m: between(0, 12_500, 2),
    velocity_mps: between(60, 260, 2),
    heading_deg: between(0, 360, 2),
    vertical_rate_mps: random() < 0.5 ? 0 : between(-15, 15, 2),
    squawk: random() < 0.4 ? null : String(between(0, 7777, 0)).padStart(4, '0'),
    age: between(0, 12, 1),
  }))
}

function envelope(a: Aircraft): Buffer {
  return Buffer.from(
    `${JSON.stringify({
      schema_version: 1,
      type: 'flight_state',
      produced_at: CLOCK,
      source: { provider: 'opensky', mode: 'live', bbox: [40.4, 41.2, -74.5, -73.5], poll_interval_s: 10 },
      payload: {
        icao24: a.icao24,
        callsign: a.callsign,
        position: { lat: a.latitude, lon: a.longitude },
        altitude_m: a.altitude_m,
        geo_altitude_m: Number((a.altitude_m + 121.92).toFixed(2)),
        velocity_mps: a.velocity_mps,
        heading_deg: a.heading_deg,
        vertical_rate_mps: a.vertical_rate_mps,
        on_ground: false,
        squawk: a.squawk,
        spi: false,
        time_position_unix: CLOCK - Math.floor(a.age),
        last_contact_unix: CLOCK,
      },
    })}\n`,
  )
}

function opensky(sky: Aircraft[]): Buffer {
  const states = sky.map((a) => [
    a.icao24,
    a.callsign.padEnd(8),
    'United States',
    CLOCK - Math.floor(a.age),
    CLOCK,
    a.longitude,
    a.latitude,
    a.altitude_m,
    false,
    a.velocity_mps,
    a.heading_deg,
    a.vertical_rate_mps,
    null,
    Number((a.altitude_m + 121.92).toFixed(2)),
    a.squawk,
    false,
    0,
  ])
  return Buffer.from(JSON.stringify({ time: CLOCK, states }))
}

function receiver(sky: Aircraft[]): Buffer {
  const rows = sky.map((a, index) =>
    JSON.stringify({
      hex: a.icao24,
      squawk: a.squawk ?? undefined,
      flight: a.callsign.padEnd(8),
      lat: a.latitude,
      lon: a.longitude,
      nucp: 7,
      seen_pos: a.age,
      altitude: Math.round(a.altitude_m / 0.3048 / 25) * 25,
      vert_rate: Math.round(a.vertical_rate_mps * 3) * 64,
      track: Math.round(a.heading_deg),
      speed: Math.round(a.velocity_mps * 1.94),
      category: 'A3',
      messages: 100 + index,
      seen: Number((a.age / 4).toFixed(1)),
      rssi: -6.9,
    }),
  )
  return Buffer.from(
    `{ "now" : ${CLOCK}.3,\n  "messages" : 94736530,\n  "aircraft" : [\n    ${rows.join(',\n    ')}\n  ]\n}\n`,
  )
}

function apiV2(sky: Aircraft[]): Buffer {
  const rows = sky.map((a, index) =>
    JSON.stringify({
      hex: a.icao24,
      type: 'adsb_icao',
      flight: a.callsign.padEnd(8),
      r: `N${a.icao24.slice(0, 4).toUpperCase()}`,
      t: 'A320',
      alt_baro: Math.round(a.altitude_m / 0.3048 / 25) * 25,
      alt_geom: Math.round(a.altitude_m / 0.3048 / 25) * 25 + 400,
      gs: Number((a.velocity_mps * 1.94).toFixed(1)),
      track: a.heading_deg,
      baro_rate: Math.round(a.vertical_rate_mps * 3) * 64,
      squawk: a.squawk ?? undefined,
      emergency: 'none',
      category: 'A3',
      nav_qnh: 1013.6,
      nav_altitude_mcp: 32000,
      nav_heading: 42.5,
      lat: Number((a.latitude + 0.000021).toFixed(6)),
      lon: Number((a.longitude + 0.000013).toFixed(6)),
      nic: 8,
      rc: 186,
      seen_pos: a.age,
      version: 2,
      nic_baro: 1,
      nac_p: 10,
      nac_v: 2,
      sil: 3,
      sil_type: 'perhour',
      gva: 2,
      sda: 2,
      alert: 0,
      spi: 0,
      mlat: [],
      tisb: [],
      messages: 60_000 + index,
      seen: Number((a.age / 4).toFixed(1)),
      rssi: -15.1,
      dst: 242.081,
      dir: 278.9,
    }),
  )
  const now = CLOCK * 1000 + 500
  return Buffer.from(
    `{"ac":[\n${rows.join(',\n')}\n]\n,"msg": "No error"\n,"now": ${now}\n,"total": ${sky.length}\n,"ctime": ${now}\n,"ptime": 0\n}\n`,
  )
}
