/**
 * Recordings that try everything at once, made from a seed: clocks that jump, staleness at its very edge, bad keys and places,
 * missing and mistyped fields, repeated members, odd spellings of numbers and texts, broken lines, error pages, marks and blanks.
 */
import { gzipSync } from 'node:zlib'
import { seeded } from '../../fixtures/seeded.ts'

export type NastyFormat = 'envelope' | 'opensky' | 'readsb'

const T0 = 1_600_000_000

const CALLSIGNS = [
  '"SWR123  "',
  '"        "',
  '""',
  'null',
  '" A B "',
  '"\\tX\\n"',
  '"ÉCLAIR"',
  '"\\u00e9\\u0301"',
] as const
const FRESH_AGES = [0, 0, 0, 0.1, 0.2, 0.25, 0.3, 1, 2, 5] as const
const ODD_AGES = [10, 60, 299.999, 300, 300.001, 400, -1, -59.999, -60, -60.001, -70, null] as const
const ODD_VALUES = [
  '"text"',
  'true',
  '[1]',
  '{"a":1}',
  '1e999',
  '-1e999',
  '1e-400',
  '-0',
  '9'.repeat(25),
  '""',
] as const
const ODD_KEYS = [
  ...['""', '"  "', 'null', '"xyz"', '"abcdefa"', '"abcde"', '"~"', '5', '"~abcdef"', '"~ABC123"', '"\\u0061bcdef"'],
  ...['" abcdef"', '"abcdeg"', '["abcdef"]', '"abcdéf"'],
]
const JUNK_LINES = [
  ...['', '   ', '\t', 'null', '[]', '"text"', '17', '{}', '{"error":"rate limit"}'],
  '<html><body>502 Bad Gateway</body></html>',
  `{"a":${'['.repeat(200)}${']'.repeat(200)}}`,
]
const JUNK_BYTES = [
  Buffer.from([0xff, 0xfe, 0x20]),
  Buffer.from('{"time":1,"x":"\xe9"}', 'latin1'),
  Buffer.from([0xed, 0xa0, 0x80]),
]

export class NastyFile {
  readonly #random: () => number
  readonly #format: NastyFormat
  /** Where the recording is, and the clock of the body that is made: epoch seconds. */
  #now: number
  #time: number

  constructor(format: NastyFormat, seed: number, startsAfterSeconds = 0) {
    this.#random = seeded(seed)
    this.#format = format
    this.#now = this.#time = T0 + startsAfterSeconds
  }

  /** How long it is so far. */
  get endsAfterSeconds(): number {
    return this.#now - T0
  }

  /** So many bodies, one a line. */
  lines(count: number): Buffer {
    const lines: Buffer[] = []
    for (let i = 0; i < count; i++) {
      this.#now = round(this.#now + this.#step())
      this.#time = round(this.#now + (this.#chance(0.05) ? this.#pick([-0.2, -1, -59, -61, -400, 0.5]) : 0))
      if (this.#chance(0.04)) lines.push(this.#junk())
      lines.push(Buffer.from(this.#decorated(this.#body())))
    }
    const feed = this.#chance(0.3) ? '\r\n' : '\n'
    const whole = Buffer.concat(lines.flatMap((line) => [line, Buffer.from(feed)]))
    const mark = this.#chance(0.3) ? Buffer.from('\ufeff') : Buffer.alloc(0)
    return Buffer.concat([mark, this.#chance(0.3) ? whole.subarray(0, whole.length - feed.length - 7) : whole])
  }

  /** A gzip of lines that may be cut off anywhere. */
  compressed(count: number): Buffer {
    const bytes = gzipSync(this.lines(count))
    return this.#chance(0.5) ? bytes.subarray(0, Math.floor(bytes.length * (0.3 + 0.7 * this.#random()))) : bytes
  }

  // ── bodies ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Mostly a poll apart; often just what makes a silent key stale, or not yet. */
  #step(): number {
    if (this.#format === 'envelope' && this.#chance(0.85)) return 0 // one body is one aircraft
    if (this.#chance(0.8)) return this.#pick([0, 0.001, 0.4, 1, 1, 2.5, 5, 10])
    return this.#pick([20, 29.5, 30, 59.999, 60, 60, 60.001, 61, 301])
  }

  #body(): string {
    if (this.#format === 'envelope') return this.#envelope()
    const [clockName, rowsName] =
      this.#format === 'opensky' ? ['time', 'states'] : ['now', this.#pick(['aircraft', 'ac'])]
    const inMs = this.#format === 'readsb' && this.#chance(0.4)
    const clock = this.#member(clockName, this.#odd(this.#number(inMs ? round(this.#time * 1000) : this.#time), 0.02))
    const rows = Array.from({ length: Math.floor(this.#random() ** 2 * 20) }, () => this.#row())
    const list = this.#chance(0.03) ? 'null' : this.#odd(`[${rows.join(this.#pick([',', ', ', ',\t']))}]`, 0.02)
    const members = [clock, this.#member(rowsName!, list)]
    if (this.#chance(0.2)) members.reverse()
    if (this.#chance(0.3)) members.splice(1, 0, '"messages": [1, {"a": [null]}, "x\\u00e9\\"]"]')
    if (this.#chance(0.03)) members.push(clock)
    if (this.#format === 'readsb' && this.#chance(0.05))
      members.push(this.#member(this.#pick(['aircraft', 'ac']), this.#odd(`[${this.#row()}]`, 0.3)))
    return `{${members.join(',')}}`
  }

  #row(): string {
    if (this.#chance(0.01)) return this.#pick(['null', '"row"', '7', '[]', '{}', 'true'])
    return this.#format === 'opensky' ? this.#openskyRow() : this.#readsbRow()
  }

  #openskyRow(): string {
    const columns = [
      this.#key(),
      this.#callsign(),
      '"Country \\u00e9"',
      this.#positionTime(),
      this.#odd(this.#number(round(this.#time - this.#pick([0, 1, 4]))), 0.05),
      this.#longitude(),
      this.#latitude(),
      this.#odd(this.#number(this.#random() * 12_000), 0.1),
      this.#odd(this.#pick(['true', 'false']), 0.03),
      this.#odd(this.#number(this.#random() * 300), 0.1),
      this.#odd(this.#number(this.#random() * 360), 0.1),
      this.#odd(this.#number(this.#random() * 20 - 10), 0.1),
      this.#pick(['null', '[1,2]']),
      this.#odd(this.#number(this.#random() * 12_000), 0.1),
      this.#squawk(),
      this.#pick(['true', 'false', 'null']),
      '0',
    ]
    if (this.#chance(0.02)) columns.pop()
    if (this.#chance(0.1)) columns.push('5')
    return `[${columns.join(',')}]`
  }

  #readsbRow(): string {
    const age = this.#age()
    const members = [
      this.#member('hex', this.#key()),
      this.#member('flight', this.#callsign()),
      this.#member('lat', this.#latitude()),
      this.#member('lon', this.#longitude()),
      this.#member('seen_pos', age === null ? 'null' : this.#odd(this.#number(age), 0.03)),
      this.#member('seen', this.#odd(this.#number(round(this.#random() * 3)), 0.05)),
      this.#member(
        this.#pick(['alt_baro', 'altitude']),
        this.#chance(0.2) ? '"ground"' : this.#odd(this.#number(this.#whole(-500, 40_000)), 0.05),
      ),
      this.#member('alt_geom', this.#odd(this.#number(this.#whole(-500, 40_000)), 0.1)),
      this.#member(this.#pick(['gs', 'speed']), this.#odd(this.#number(round(this.#random() * 500)), 0.05)),
      this.#member('track', this.#odd(this.#number(round(this.#random() * 360)), 0.05)),
      this.#member(this.#pick(['baro_rate', 'vert_rate']), this.#odd(this.#number(this.#whole(-3000, 3000)), 0.1)),
      this.#member('geom_rate', this.#odd(this.#number(this.#whole(-3000, 3000)), 0.1)),
      this.#member('squawk', this.#squawk()),
      this.#member('spi', this.#pick(['0', '1', 'null'])),
      this.#member('mlat', '["lat","lon"]'),
    ]
    return this.#object(members)
  }

  #envelope(): string {
    const position = this.#object([this.#member('lat', this.#latitude()), this.#member('lon', this.#longitude())], 0)
    const payload = [
      this.#member('icao24', this.#key()),
      this.#member('callsign', this.#callsign()),
      this.#member('position', this.#odd(position, 0.03)),
      this.#member('altitude_m', this.#odd(this.#number(this.#random() * 12_000), 0.1)),
      this.#member('geo_altitude_m', this.#odd(this.#number(this.#random() * 12_000), 0.1)),
      this.#member('velocity_mps', this.#odd(this.#number(this.#random() * 300), 0.1)),
      this.#member('heading_deg', this.#odd(this.#number(this.#random() * 360), 0.1)),
      this.#member('vertical_rate_mps', this.#odd(this.#number(this.#random() * 20 - 10), 0.1)),
      this.#member('on_ground', this.#odd(this.#pick(['true', 'false']), 0.03)),
      this.#member('squawk', this.#squawk()),
      this.#member('spi', this.#pick(['true', 'false', 'null'])),
      this.#member('time_position_unix', this.#positionTime()),
      this.#member('last_contact_unix', this.#odd(this.#number(this.#time), 0.05)),
    ]
    const members = [
      '"schema_version":1',
      this.#member('type', this.#odd(this.#pick(['"flight_state"', '"flight_update"']), 0.02)),
      '"source":{"provider":"x","bbox":null}',
      this.#member('payload', this.#odd(this.#object(payload), 0.02)),
    ]
    return this.#object(members, 0.01)
  }

  // ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #key(): string {
    if (this.#chance(0.04)) return this.#pick(ODD_KEYS)
    const key = (0xabc000 + Math.floor(this.#random() ** 2 * 12) * 7).toString(16)
    return JSON.stringify(this.#chance(0.2) ? key.toUpperCase() : key)
  }

  #callsign(): string {
    return this.#chance(0.005) ? '"ABCDEFGHIJKLMNOP"' : this.#pick(CALLSIGNS)
  }

  #squawk(): string {
    return this.#chance(0.005) ? '"77007700"' : this.#pick(['"7000"', '"0000"', 'null', '""'])
  }

  #latitude(): string {
    return this.#chance(0.04)
      ? this.#pick(['90', '-90', '90.0001', '-91', '1e2', '1e400'])
      : this.#odd(this.#number(this.#random() * 180 - 90), 0.04)
  }

  #longitude(): string {
    return this.#chance(0.04)
      ? this.#pick(['180', '-180', '180.001', '-181'])
      : this.#odd(this.#number(this.#random() * 360 - 180), 0.04)
  }

  /** Seconds before the body's clock at which the position was measured; null for unknown. */
  #age(): number | null {
    return this.#pick(this.#chance(0.85) ? FRESH_AGES : ODD_AGES)
  }

  #positionTime(): string {
    const age = this.#age()
    return age === null ? 'null' : this.#odd(this.#number(round(this.#time - age)), 0.03)
  }

  /** A number in one of its spellings. */
  #number(value: number): string {
    const plain = JSON.stringify(value)
    if (this.#chance(0.95) || plain.includes('e')) return plain
    return this.#pick([
      value.toExponential(),
      `${plain}${plain.includes('.') ? '000' : '.0'}`,
      value.toFixed(20),
      `${plain}E0`,
      `${plain}e-0`,
    ])
  }

  /** Sometimes something else instead, right or wrong. */
  #odd(text: string, share: number): string {
    if (!this.#chance(share)) return text
    return this.#chance(0.92) ? 'null' : this.#pick(ODD_VALUES)
  }

  // ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #member(name: string, value: string): string {
    return `${JSON.stringify(name)}${this.#pick([':', ':', ' : '])}${value}`
  }

  /** Members may be missing, in another order, or there twice: then the last one counts. */
  #object(members: string[], missing = 0.05): string {
    const kept = members.filter(() => !this.#chance(missing))
    if (this.#chance(0.1)) kept.reverse()
    if (this.#chance(0.02) && kept.length > 0) kept.push(kept[0]!, this.#pick(members))
    return `{${kept.join(this.#pick([',', ', ']))}}`
  }

  /** White space around, or damage inside. */
  #decorated(body: string): string {
    if (this.#chance(0.1)) return `  ${body}\t `
    if (this.#chance(0.02)) return body.slice(0, Math.floor(body.length * this.#random()))
    if (this.#chance(0.01))
      return body.replace(':', this.#pick([' ', ':NaN,"y":', ':Infinity,"y":', ':01,"y":', ":'x',", ':\u0001']))
    if (this.#chance(0.01)) return `${body}${this.#pick(['x', '{}', ',', ']', '\u0000'])}`
    return body
  }

  /** A line that is no body. */
  #junk(): Buffer {
    return this.#chance(0.3) ? this.#pick(JUNK_BYTES) : Buffer.from(this.#pick(JUNK_LINES))
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)]!
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #whole(min: number, max: number): number {
    return Math.floor(min + this.#random() * (max - min))
  }
}

/** To whole milliseconds, as recordings have them. */
const round = (seconds: number): number => Math.round(seconds * 1000) / 1000
