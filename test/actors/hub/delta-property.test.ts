import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeltaEncoder } from '../../../actors/hub/delta-encoder.ts'
import { LiveTable } from '../../../actors/hub/live-table.ts'
import type { JsonDelta, JsonRow, JsonSnapshot, MessageHeader } from '../../../actors/hub/protocol.ts'
import { encodeSnapshot } from '../../../actors/hub/snapshot-encoder.ts'
import { FrameKind } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { FlightDecoder } from '../../../web/client/index.ts'
import { flightFrame, type Observation } from './flight-frames.ts'
import { helloFor } from './hello-bytes.ts'
import { type Row, rounded, rowsOf } from './wire-model.ts'

const START_MS = 1_700_000_000_000
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 5 })
const decimal = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true })

const observation: fc.Arbitrary<Observation> = fc.record({
  icao24: fc.integer({ min: 0, max: 40 }).map((n) => (n === 40 ? '~00000a' : n.toString(16).padStart(6, '0'))),
  callsign: nullable(fc.constantFrom('DLH35X', 'AFR218', 'ÄÖ 12', 'ABCDEFGHIJKLMNO', 'A"B\\C', '\u0001')),
  lat: nullable(decimal(-90, 90)),
  lon: nullable(decimal(-180, 180)),
  altitude_m: nullable(fc.oneof(decimal(-500, 20_000), fc.constantFrom(1e300, -1e200, 2 ** 50, 2 ** 51, -0))),
  geo_altitude_m: nullable(decimal(-500, 20_000)),
  velocity_mps: nullable(decimal(0, 400)),
  heading_deg: nullable(decimal(0, 360)),
  vertical_rate_mps: nullable(fc.oneof(decimal(-100, 100), fc.constant(-0.04))),
  on_ground: nullable(fc.boolean()),
  squawk: nullable(fc.constantFrom('7700', '1000', '0000')),
  spi: nullable(fc.boolean()),
  time_position_unix: nullable(decimal(START_MS / 1000 - 300, START_MS / 1000 + 4000)),
  last_contact_unix: nullable(fc.oneof(decimal(START_MS / 1000 - 60, START_MS / 1000 + 4000), fc.constantFrom(0, -5))),
})

type Step =
  | { do: 'record' | 'duplicate' | 'late'; observation: Observation; aheadMs: number }
  | { do: 'remove'; which: number }
  | { do: 'tick' }
  | { do: 'join' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('record' as const), observation, aheadMs: fc.nat(3000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('duplicate' as const, 'late' as const),
      observation,
      aheadMs: fc.nat(3000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 4, arbitrary: fc.constant({ do: 'tick' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'join' as const }) },
)

/** What every client must hold, kept as plainly as can be. */
class Model {
  readonly newest = new Map<string, Observation>()
  published = new Map<string, Row>()

  apply(kind: 'record' | 'duplicate' | 'late', observation: Observation): void {
    const known = this.newest.get(observation.icao24)
    if (kind === 'record') this.newest.set(observation.icao24, { ...observation })
    else if (known !== undefined) {
      const [old, contact] = [known.last_contact_unix, observation.last_contact_unix]
      if (typeof contact === 'number' && (typeof old !== 'number' || contact > old)) known.last_contact_unix = contact
    }
  }

  publish(): void {
    this.published = new Map([...this.newest].map(([key, row]) => [key, limited(rounded(row))]))
  }
}

/** Beyond 2^50 units a number is sent as null. */
function limited(row: Row): Row {
  const { altitude_m } = row
  return altitude_m !== null && Math.abs(altitude_m) > 2 ** 50 ? { ...row, altitude_m: null } : row
}

class JsonClient {
  readonly rows = new Map<string, JsonRow>()
  seq = -1

  takeSnapshot(chunks: JsonSnapshot[]): void {
    for (const { flights, seq } of chunks) {
      this.seq = seq
      for (const row of flights) this.rows.set(row.icao24 as string, row)
    }
  }

  takeDelta(delta: JsonDelta): void {
    expect(delta.seq).toBe(++this.seq)
    for (const key of delta.removed) expect(this.rows.delete(key)).toBe(true)
    for (const row of delta.flights)
      this.rows.set(row.icao24 as string, { ...this.rows.get(row.icao24 as string), ...row })
  }
}

test('whoever joins whenever holds exactly the rounded state after every tick, in both formats', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 300, size: 'max' }), (steps) => {
      const table = new LiveTable(flight, { capacity: 64, contact: 'last_contact_unix' })
      const encoder = new DeltaEncoder(table)
      const model = new Model()
      const packed: FlightDecoder[] = []
      const json: JsonClient[] = []
      let header: MessageHeader = { epoch: 7, channel: 0, seq: 0, clock_ms: null }
      let clockMs = START_MS

      const compare = () => {
        for (const client of packed) {
          expect(client.seq).toBe(header.seq)
          expect(client.table.count).toBe(model.published.size)
          expect(rowsOf(client.table)).toEqual(model.published)
        }
        for (const client of json) expect(client.rows).toEqual(model.published)
      }

      for (const action of [...steps, { do: 'tick' } as const]) {
        if (action.do === 'tick') {
          header = { ...header, seq: header.seq + 1, clock_ms: table.clockMs }
          const bytes = encoder.encode(header)
          const delta = JSON.parse(encoder.encodeJson(header).toString()) as JsonDelta
          model.publish()
          for (const client of packed) expect(client.take(bytes)).toBe('delta')
          for (const client of json) client.takeDelta(delta)
          compare()
        } else if (action.do === 'join') {
          const client = new FlightDecoder()
          client.take(helloFor(header, table))
          const chunks = encodeSnapshot(table, header, 'msgpack', 7)
          for (const [index, chunk] of chunks.entries())
            expect(client.take(chunk)).toBe(index + 1 < chunks.length ? 'partial' : 'snapshot')
          packed.push(client)
          const other = new JsonClient()
          other.takeSnapshot(
            encodeSnapshot(table, header, 'json', 7).map((bytes) => JSON.parse(Buffer.from(bytes).toString())),
          )
          json.push(other)
          compare()
        } else if (action.do === 'remove') {
          const keys = [...model.newest.keys()]
          if (keys.length === 0) continue
          const icao24 = keys[action.which % keys.length]!
          model.newest.delete(icao24)
          table.onFrame(flightFrame({ icao24 }, clockMs, FrameKind.removal))
        } else {
          clockMs += action.aheadMs
          model.apply(action.do, action.observation)
          table.onFrame(flightFrame(action.observation, clockMs, FrameKind[action.do]))
        }
      }
    }),
    { numRuns: 100 },
  )
})
