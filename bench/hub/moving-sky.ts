/**
 * A sky for measuring the hub: aircraft that fly as aircraft do, a fifth of them heard of in each tick.
 *
 * Straight flight at their own speed, one in three climbing or descending, one in five turning; reports carry the noise of
 * their last digit. Seeded, so that every run measures the same bytes.
 */
import { FrameMemory } from '../../engine/memory/frame-memory.ts'
import { Frame } from '../../engine/records/index.ts'
import { seeded } from '../../fixtures/seeded.ts'
import { flight } from '../../schemas/flight.ts'

const METRES_PER_DEGREE = 111_320
const RADIANS = Math.PI / 180

interface Aircraft {
  key: Uint8Array
  lat: number
  lon: number
  altitudeM: number
  velocityMps: number
  headingDeg: number
  turnDegPerS: number
  climbMps: number
  heardAtMs: number
}

export class MovingSky {
  clockMs = 1_700_000_000_000
  readonly #frame = new Frame(FrameMemory.allocate(1024))
  readonly #random = seeded(1)
  readonly #aircraft: Aircraft[]
  readonly #share: number
  #turn = 0

  constructor(count: number, share: number) {
    this.#share = share
    this.#aircraft = Array.from({ length: count }, (_, i) => this.#appear(i))
  }

  /** Calls back with one frame for each aircraft. */
  observeAll(take: (frame: Frame) => void): void {
    for (const aircraft of this.#aircraft) take(this.#report(aircraft))
  }

  /** Lets `tickMs` pass and calls back with a frame for each aircraft whose turn it is. */
  tick(tickMs: number, take: (frame: Frame) => void): void {
    this.clockMs += tickMs
    const turns = Math.round(1 / this.#share)
    this.#turn = (this.#turn + 1) % turns
    for (let i = this.#turn; i < this.#aircraft.length; i += turns) take(this.#report(this.#move(this.#aircraft[i]!)))
  }

  #appear(i: number): Aircraft {
    const random = this.#random
    const isLevel = random() < 2 / 3
    return {
      key: new TextEncoder().encode((0x400000 + i).toString(16)),
      lat: random() * 120 - 60,
      lon: random() * 360 - 180,
      altitudeM: isLevel ? 9000 + random() * 3000 : random() * 9000,
      velocityMps: isLevel ? 210 + random() * 50 : 70 + random() * 150,
      headingDeg: random() * 360,
      turnDegPerS: random() < 0.2 ? random() * 4 - 2 : 0,
      climbMps: isLevel ? 0 : random() * 24 - 12,
      heardAtMs: this.clockMs,
    }
  }

  #move(aircraft: Aircraft): Aircraft {
    const seconds = (this.clockMs - aircraft.heardAtMs) / 1000
    aircraft.heardAtMs = this.clockMs
    const metres = aircraft.velocityMps * seconds
    const heading = aircraft.headingDeg * RADIANS
    aircraft.lat += (metres * Math.cos(heading)) / METRES_PER_DEGREE
    aircraft.lon += (metres * Math.sin(heading)) / METRES_PER_DEGREE / Math.cos(aircraft.lat * RADIANS)
    aircraft.altitudeM += aircraft.climbMps * seconds
    aircraft.headingDeg = (aircraft.headingDeg + aircraft.turnDegPerS * seconds + 360) % 360
    aircraft.velocityMps += (this.#random() - 0.5) * 0.4
    return aircraft
  }

  #report(aircraft: Aircraft): Frame {
    const frame = this.#frame
    const { fields } = flight
    const climb = aircraft.climbMps === 0 ? (this.#random() < 0.2 ? 0.33 : 0) : aircraft.climbMps + this.#random() - 0.5
    const seenAt = Math.round((this.clockMs - this.#random() * 400) / 100) / 10
    flight.start(frame)
    flight.setKey(frame, aircraft.key, 0, aircraft.key.length)
    fields.callsign.setBytes(frame, aircraft.key, 0, aircraft.key.length)
    fields.lat.set(frame, aircraft.lat)
    fields.lon.set(frame, aircraft.lon)
    fields.altitude_m.set(frame, Math.round(aircraft.altitudeM / 7.62) * 7.62) // in steps of 25 ft
    fields.geo_altitude_m.set(frame, Math.round((aircraft.altitudeM + 80) / 7.62) * 7.62)
    fields.velocity_mps.set(frame, aircraft.velocityMps)
    fields.heading_deg.set(frame, aircraft.headingDeg)
    fields.vertical_rate_mps.set(frame, climb)
    fields.on_ground.set(frame, false)
    fields.spi.set(frame, false)
    fields.time_position_unix.set(frame, seenAt)
    fields.last_contact_unix.set(frame, seenAt)
    frame.time = seenAt * 1000
    frame.clock = this.clockMs
    return frame
  }
}
