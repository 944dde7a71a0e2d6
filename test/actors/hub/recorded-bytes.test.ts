import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { DeltaEncoder } from '../../../actors/hub/delta-encoder.ts'
import { LiveTable } from '../../../actors/hub/live-table.ts'
import { encodeSnapshot } from '../../../actors/hub/snapshot-encoder.ts'
import { FrameKind } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { FlightDecoder } from '../../../web/client/index.ts'
import { flightFrame, type Observation } from './flight-frames.ts'
import { helloFor } from './hello-bytes.ts'
import { rounded, rowsOf } from './wire-model.ts'

const recorded = process.env.SKEIN_RECORDED_DATA ?? join(import.meta.dirname, '../../../../shared/data')
const swiss = join(recorded, 'opensky/swiss-2018-08-01-1h-10s.jsonl.gz')
const STALE_AFTER_S = 60

type State = (string | number | boolean | null)[]

function observationOf(state: State): Observation {
  return {
    icao24: state[0] as string,
    callsign: (state[1] as string | null)?.trim() || null,
    time_position_unix: state[3] as number | null,
    last_contact_unix: state[4] as number | null,
    lon: state[5] as number | null,
    lat: state[6] as number | null,
    altitude_m: state[7] as number | null,
    on_ground: state[8] as boolean | null,
    velocity_mps: state[9] as number | null,
    heading_deg: state[10] as number | null,
    vertical_rate_mps: state[11] as number | null,
    geo_altitude_m: state[13] as number | null,
    squawk: state[14] as string | null,
    spi: state[15] as boolean | null,
  }
}

test.skipIf(!existsSync(swiss))(
  'a recorded hour of Swiss airspace takes at most ten bytes a change, headers and new aircraft included',
  () => {
    const bodies = gunzipSync(readFileSync(swiss)).toString().trim().split('\n')
    const table = new LiveTable(flight, { capacity: 1000, contact: 'last_contact_unix' })
    const encoder = new DeltaEncoder(table)
    const decoder = new FlightDecoder()
    const present = new Map<string, Observation>()
    let header = { epoch: 0xcafebabe, channel: 0, seq: 0, clock_ms: 0 }
    decoder.take(helloFor(header, table))
    for (const chunk of encodeSnapshot(table, header, 'msgpack')) decoder.take(chunk)
    let bytes = 0
    let rows = 0
    for (const body of bodies) {
      const { time, states } = JSON.parse(body) as { time: number; states: State[] }
      for (const observation of states.map(observationOf)) {
        present.set(observation.icao24, observation)
        table.onFrame(flightFrame(observation, time * 1000))
      }
      for (const [icao24, { last_contact_unix }] of present) {
        if (time - last_contact_unix! <= STALE_AFTER_S) continue
        present.delete(icao24)
        table.onFrame(flightFrame({ icao24 }, time * 1000, FrameKind.removal))
      }
      header = { ...header, seq: header.seq + 1, clock_ms: time * 1000 }
      const delta = encoder.encode(header)
      bytes += delta.length
      rows += encoder.rowCount
      expect(decoder.take(delta)).toBe('delta')
    }
    expect(rows).toBeGreaterThan(13_000)
    expect(bytes / rows).toBeLessThanOrEqual(10)
    expect(rowsOf(decoder.table)).toEqual(new Map([...present].map(([key, row]) => [key, rounded(row)])))
  },
)
