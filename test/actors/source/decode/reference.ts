/**
 * What the decoders should give, said plainly: `JSON.parse`, objects, one step after the other. Shares no code with
 * them.
 */

export interface Rules {
  bounds: { latMin: number; latMax: number; lonMin: number; lonMax: number } | null
  maxPositionAgeMs: number
  maxTimeAheadMs: number
  shiftMs: number
}

export interface State {
  clockMs: number
  ordinal: number
  discarded: Record<string, number>
}

/** One frame, as far as the rules say what it holds. */
export interface Expected {
  kind: 'record' | 'dead letter'
  position: number
  clock: number
  time?: number
  fields?: Record<string, unknown>
  reason?: string
  row?: number
  input?: string
}

type Row = Record<string, unknown>
type Format = 'envelope' | 'opensky' | 'readsb' | 'event'

/** A row taken out of its body: values by the flight's field names, or why that cannot be. */
interface Reading {
  shapeIsWrong?: boolean
  fields: Row
}

interface Judged {
  verdict: 'record' | 'discard' | 'dead letter'
  reason?: string
  t: number
}

export function referenceDecode(format: Format, body: Uint8Array, rules: Rules, state: State): Expected[] {
  const refuse = (reason: string): Expected[] => [
    { kind: 'dead letter', position: state.ordinal++, clock: state.clockMs, reason, row: -1, input: latin1(body) },
  ]
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return refuse('bad_utf8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('bad_json')
  }
  if (!isObject(value)) return refuse('bad_shape')
  if (format === 'envelope') return envelope(value, rules, state, refuse)
  if (format === 'event') return event(value, text, rules, state, refuse)
  return snapshot(format, value, text, rules, state, refuse)
}

function envelope(body: Row, rules: Rules, state: State, refuse: (reason: string) => Expected[]): Expected[] {
  const { payload } = body
  if (!isObject(payload)) return refuse('bad_shape')
  if (body.type !== undefined && body.type !== null && body.type !== 'flight_state' && body.type !== 'flight_update')
    return refuse('bad_shape')
  const { position } = payload
  const lat = isObject(position) ? position.lat : null
  const lon = isObject(position) ? position.lon : null
  const fields = { ...payload, lat, lon }
  const shapeIsWrong = position !== undefined && position !== null && !isObject(position)
  const seconds = payload.last_contact_unix ?? payload.time_position_unix
  const bodyClock = typeof seconds === 'number' ? Math.round(seconds * 1000) + rules.shiftMs : Number.NaN
  const clock = Math.max(state.clockMs, Number.isNaN(bodyClock) ? Number.NEGATIVE_INFINITY : bodyClock)
  const { verdict, reason, t } = judge({ shapeIsWrong, fields }, bodyClock, clock, Number.NaN, rules)
  if (verdict === 'dead letter') return refuse(reason!)
  if (Math.abs(bodyClock) > 8.64e15) return refuse('bad_value')
  state.clockMs = clock
  const position_ = state.ordinal++
  if (verdict === 'discard') {
    state.discarded[reason!] = (state.discarded[reason!] ?? 0) + 1
    return []
  }
  return [{ kind: 'record', position: position_, clock, time: t, fields: flightFields(fields, rules) }]
}

function snapshot(
  format: 'opensky' | 'readsb',
  body: Row,
  text: string,
  rules: Rules,
  state: State,
  refuse: (reason: string) => Expected[],
): Expected[] {
  const written = format === 'opensky' ? body.time : body.now
  if (typeof written !== 'number' || !Number.isFinite(written * 1000)) return refuse('bad_shape')
  const seconds = format === 'readsb' && written > 1e11 ? written / 1000 : written
  const rows = format === 'opensky' ? body.states : 'ac' in body ? body.ac : body.aircraft
  if (rows !== null && !Array.isArray(rows)) return refuse('bad_shape')
  const bodyClock = Math.round(seconds * 1000) + rules.shiftMs
  if (Math.abs(bodyClock) > 8.64e15) return refuse('bad_value')
  const clock = Math.max(state.clockMs, bodyClock)
  state.clockMs = clock
  const out: Expected[] = []
  for (const [index, row] of (rows ?? []).entries()) {
    const reading = format === 'opensky' ? openskyRow(row) : readsbRow(row, seconds)
    const { verdict, reason, t } = judge(reading, bodyClock, clock, bodyClock, rules)
    const position = state.ordinal++
    if (verdict === 'discard') state.discarded[reason!] = (state.discarded[reason!] ?? 0) + 1
    else if (verdict === 'dead letter') out.push({ kind: 'dead letter', position, clock, reason: reason!, row: index })
    else out.push({ kind: 'record', position, clock, time: t, fields: flightFields(reading.fields, rules) })
  }
  void text
  return out
}

function openskyRow(row: unknown): Reading {
  if (!Array.isArray(row) || row.length < 17) return { shapeIsWrong: true, fields: {} }
  return {
    fields: {
      icao24: row[0],
      callsign: row[1],
      time_position_unix: row[3],
      last_contact_unix: row[4],
      lon: row[5],
      lat: row[6],
      altitude_m: row[7],
      on_ground: row[8],
      velocity_mps: row[9],
      heading_deg: row[10],
      vertical_rate_mps: row[11],
      geo_altitude_m: row[13],
      squawk: row[14],
      spi: row[15],
    },
  }
}

function readsbRow(row: unknown, now: number): Reading {
  if (!isObject(row)) return { shapeIsWrong: true, fields: {} }
  const numeric = ['alt_geom', 'gs', 'speed', 'baro_rate', 'vert_rate', 'geom_rate', 'seen_pos', 'seen']
  let shapeIsWrong = numeric.some((name) => !isNumberOrNull(row[name]))
  let isHuge = [...numeric, 'alt_baro', 'altitude', 'spi'].some((name) => isInfinite(row[name]))
  for (const name of ['alt_baro', 'altitude'])
    if (!isNumberOrNull(row[name]) && typeof row[name] !== 'string') shapeIsWrong = true
  const altitude = row.alt_baro ?? row.altitude
  if (typeof altitude === 'string' && altitude !== 'ground') shapeIsWrong = true
  if (!isNumberOrNull(row.spi) && typeof row.spi !== 'boolean') shapeIsWrong = true
  const times = (value: unknown, factor: number): unknown => (typeof value === 'number' ? value * factor : null)
  const ago = (value: unknown): unknown => (typeof value === 'number' ? now - value : null)
  isHuge &&= !shapeIsWrong
  return {
    shapeIsWrong,
    fields: {
      icao24: row.hex,
      callsign: row.flight,
      lat: row.lat,
      lon: row.lon,
      altitude_m: times(altitude, 0.3048),
      geo_altitude_m: isHuge ? Number.POSITIVE_INFINITY : times(row.alt_geom, 0.3048),
      velocity_mps: times(row.gs ?? row.speed, 1852 / 3600),
      heading_deg: row.track,
      vertical_rate_mps: times(row.baro_rate ?? row.vert_rate ?? row.geom_rate, 0.3048 / 60),
      on_ground: altitude === 'ground' ? true : typeof altitude === 'number' ? false : null,
      squawk: row.squawk,
      spi: typeof row.spi === 'number' ? row.spi !== 0 : row.spi,
      time_position_unix: ago(row.seen_pos),
      last_contact_unix: ago(row.seen),
    },
  }
}

const NUMBERS = [
  'lat',
  'lon',
  'altitude_m',
  'geo_altitude_m',
  'velocity_mps',
  'heading_deg',
  'vertical_rate_mps',
  'time_position_unix',
  'last_contact_unix',
]

function judge({ shapeIsWrong, fields }: Reading, bodyClock: number, c: number, noTime: number, rules: Rules): Judged {
  const seconds = fields.time_position_unix ?? fields.last_contact_unix
  const t = typeof seconds === 'number' ? Math.round((seconds + rules.shiftMs / 1000) * 1000) : noTime
  const dead = (reason: string): Judged => ({ verdict: 'dead letter', reason, t })
  const discard = (reason: string): Judged => ({ verdict: 'discard', reason, t })

  if (shapeIsWrong || NUMBERS.some((name) => !isNumberOrNull(fields[name]))) return dead('bad_shape')
  for (const name of ['icao24', 'callsign', 'squawk'])
    if (fields[name] !== undefined && fields[name] !== null && typeof fields[name] !== 'string')
      return dead('bad_shape')
  for (const name of ['on_ground', 'spi'])
    if (fields[name] !== undefined && fields[name] !== null && typeof fields[name] !== 'boolean')
      return dead('bad_shape')
  if (NUMBERS.some((name) => isInfinite(fields[name]))) return dead('bad_value')
  if (Buffer.byteLength(((fields.callsign as string) ?? '').trim()) > 15) return dead('bad_value')
  if (Buffer.byteLength((fields.squawk as string) ?? '') > 7) return dead('bad_value')
  const key = (fields.icao24 as string | null | undefined) ?? ''
  const hasKey = key.trim() !== ''
  if (hasKey && !/^~?[0-9a-fA-F]{6}$/.test(key)) return dead('bad_key')
  const { lat, lon } = fields as { lat: number | null | undefined; lon: number | null | undefined }
  if (lat != null && Math.abs(lat) > 90) return dead('latitude_range')
  if (lon != null && Math.abs(lon) > 180) return dead('longitude_range')
  if (!hasKey) return discard('no_key')
  if (lat == null || lon == null) return discard('no_position')
  if (Number.isNaN(t)) return dead('bad_shape')
  if (t - bodyClock > rules.maxTimeAheadMs) return dead('time_ahead')
  const { bounds } = rules
  if (bounds !== null) {
    const isInside = lat >= bounds.latMin && lat <= bounds.latMax && lon >= bounds.lonMin && lon <= bounds.lonMax
    if (!isInside) return discard('outside_bbox')
  }
  if (c - t > rules.maxPositionAgeMs) return discard('stale_position')
  return { verdict: 'record', t }
}

function flightFields(fields: Row, rules: Rules): Row {
  const well = (text: unknown): unknown => (typeof text === 'string' ? Buffer.from(text).toString() : text)
  const later = (seconds: unknown): unknown =>
    typeof seconds === 'number' && rules.shiftMs !== 0 ? seconds + rules.shiftMs / 1000 : (seconds ?? null)
  const out: Row = { icao24: (fields.icao24 as string).toLowerCase() }
  for (const name of NUMBERS) out[name] = fields[name] ?? null
  out.time_position_unix = later(fields.time_position_unix)
  out.last_contact_unix = later(fields.last_contact_unix)
  out.callsign = well(((fields.callsign as string | null) ?? '').trim() || null)
  out.squawk = well(fields.squawk || null)
  out.on_ground = fields.on_ground ?? null
  out.spi = fields.spi ?? null
  return out
}

function event(
  body: Row,
  text: string,
  rules: Rules,
  state: State,
  refuse: (reason: string) => Expected[],
): Expected[] {
  const isText = (value: unknown): boolean => typeof value === 'string'
  const isTextOrNull = (value: unknown): boolean => value === undefined || value === null || isText(value)
  if (!isTextOrNull(body.id) || !isText(body.source) || !isTextOrNull(body.api_version)) return refuse('bad_shape')
  if (!isText(body.timestamp) && typeof body.timestamp !== 'number') return refuse('bad_shape')
  if (!('payload' in body)) return refuse('bad_shape')
  const { timestamp } = body as { timestamp: string | number }
  const ms =
    typeof timestamp === 'string' ? Date.parse(timestamp) : Math.round(timestamp > 1e11 ? timestamp : timestamp * 1000)
  if (!Number.isFinite(ms)) return refuse('bad_value')
  if (Buffer.byteLength((body.api_version as string) ?? '') > 15) return refuse('bad_value')
  const t = ms + rules.shiftMs
  if (Math.abs(t) > 8.64e15) return refuse('bad_value')
  state.clockMs = Math.max(state.clockMs, t)
  const position = state.ordinal++
  if (((body.id as string) ?? '').trim() === '') {
    state.discarded.no_key = (state.discarded.no_key ?? 0) + 1
    return []
  }
  void text
  const well = (value: unknown): string => Buffer.from((value as string | undefined) ?? '').toString()
  const fields = {
    id: well(body.id),
    source: well(body.source),
    payload: body.payload,
    api_version: well(body.api_version),
  }
  return [{ kind: 'record', position, clock: state.clockMs, time: t, fields }]
}

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumberOrNull = (value: unknown): boolean => value === undefined || value === null || typeof value === 'number'
const isInfinite = (value: unknown): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
