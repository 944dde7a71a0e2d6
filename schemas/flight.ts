/**
 * One observation of one aircraft.
 *
 * Names and units are those of the flight envelope, `schema_version` 1, which `envelope.ts` projects it to.
 */
import { boolean, defineSchema, f64, i32, string } from '../engine/records/index.ts'

export const flight = defineSchema({
  name: 'flight',
  id: 2,
  version: 1,
  doc: 'One observation of one aircraft.',
  key: 'icao24',
  deduplicated: true,
  goesStale: true,
  fields: {
    icao24: string(7, {
      wire: {},
      doc: 'ICAO 24-bit address, six hexadecimal digits in lower case; a leading ~ marks another kind of address.',
    }),
    callsign: string(15, { nullable: true, wire: {}, doc: 'Call sign, trimmed.' }),
    lat: f64({ nullable: true, wire: { quantum: 1e-5 }, doc: 'Latitude, degrees, WGS 84.' }),
    lon: f64({ nullable: true, wire: { quantum: 1e-5 }, doc: 'Longitude, degrees, WGS 84.' }),
    altitude_m: f64({ nullable: true, wire: { quantum: 1 }, doc: 'Barometric altitude, metres.' }),
    geo_altitude_m: f64({ nullable: true, wire: { quantum: 1 }, doc: 'Altitude above the WGS 84 ellipsoid, metres.' }),
    velocity_mps: f64({ nullable: true, wire: { quantum: 0.1 }, doc: 'Ground speed, metres per second.' }),
    heading_deg: f64({
      nullable: true,
      wire: { quantum: 0.1 },
      doc: 'Track over ground, degrees clockwise from north.',
    }),
    vertical_rate_mps: f64({
      nullable: true,
      wire: { quantum: 0.1 },
      doc: 'Rate of climb, metres per second; negative in descent.',
    }),
    on_ground: boolean({ nullable: true, wire: {}, doc: 'Whether it reports to be on the ground.' }),
    squawk: string(7, { nullable: true, wire: {}, doc: 'Transponder code, four octal digits.' }),
    spi: boolean({ nullable: true, wire: {}, doc: 'Special purpose indicator.' }),
    time_position_unix: f64({
      nullable: true,
      wire: { quantum: 0.1 },
      doc: 'When the position was measured, epoch seconds.',
    }),
    last_contact_unix: f64({
      nullable: true,
      wire: { quantum: 0.1 },
      doc: 'When anything was last heard of it, epoch seconds.',
    }),
    h3_cell_high: i32({
      nullable: true,
      internal: true,
      doc: 'H3 cell at resolution 7, upper 32 bits; set by the shard.',
    }),
    h3_cell_low: i32({ nullable: true, internal: true, doc: 'H3 cell at resolution 7, lower 32 bits.' }),
  },
})
