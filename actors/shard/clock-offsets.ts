/**
 * How far the clocks of live sources are ahead of one another, learnt from aircraft that two of them have seen.
 *
 *   source a   ●──────────────►            an aircraft that flies straight on at v has come d further
 *   source b            ●──────────────►   in d / v: what the times differ by beyond that is the clocks' difference
 *              └── d ───┘
 *
 * Each source has an estimate; a pair of looks moves the two that it is about towards each other, ever less, and never far: one
 * wrong position does no harm. Nobody knows which clock is right, so offsets count from the median of all.
 *
 * What records are corrected by follows the estimates slowly (`slew`): a position that is told again after ten seconds must not
 * look newer by the tolerance of the dedupe. It is kept in the sources' states, and so in the barriers; a new process goes on
 * from there, and learns afresh where aircraft were.
 *
 * A function of the records in their order. Memory: 900 KB. Nothing is allocated a record.
 */
import type { Frame, SourceState } from '../../engine/records/index.ts'
import { flight } from '../../schemas/flight.ts'

/** Slower aircraft turn too much, and their positions are too coarse for it. */
const MIN_SPEED_MPS = 80
/** Two looks tell something when the aircraft flew straight on between them, and not for long. */
const MAX_TURN_DEG = 3
const MAX_SPEED_CHANGE_MPS = 5
const MAX_APART_MS = 30_000
const MAX_ASIDE_M = 300

/** So many pairs are simply averaged; after that one counts no more than this, and moves an estimate by no more than that. */
const MAX_WEIGHT = 256
const FREE_PAIRS = 16
const MAX_SURPRISE_MS = 1000
/** A source is corrected when so many pairs have told of it. */
const CONFIDENT_PAIRS = 64

const MAX_OFFSET_MS = 60_000
const SLEW_MS_PER_S = 20
/** Smaller differences are let be. */
const DEAD_ZONE_MS = 50

const LOOK_BITS = 14
const EARTH_RADIUS_M = 6_371_000
const RADIANS = Math.PI / 180

interface Clock {
  readonly state: SourceState
  estimateMs: number
  pairs: number
}

export class ClockOffsets {
  /** By source id. */
  readonly #clocks: (Clock | undefined)[] = []
  readonly #looks = new Looks()

  /** From now on this source is compared with the others. */
  add(state: SourceState): void {
    const { sourceId, clockOffsetMs } = state
    this.#clocks[sourceId] ??= {
      state,
      estimateMs: clockOffsetMs,
      pairs: clockOffsetMs === 0 ? 0 : CONFIDENT_PAIRS,
    }
  }

  /** Takes note of a flight of a source that was added, as it tells it. */
  observe(frame: Frame): void {
    const { velocity_mps, heading_deg, lat, lon } = flight.fields
    if (velocity_mps.isNull(frame) || heading_deg.isNull(frame) || lat.isNull(frame)) return
    const speed = velocity_mps.get(frame)
    if (speed < MIN_SPEED_MPS) return
    const { sourceId, time } = frame
    const looks = this.#looks
    const heading = heading_deg.get(frame)
    const north = lat.get(frame)
    const east = lon.get(frame)
    const place = looks.placeOf(frame.keyHash)
    if (looks.hashes[place] === frame.keyHash && looks.sources[place] !== sourceId) {
      const travelMs = looks.travelMs(place, north, east, speed, heading)
      this.#learn(this.#clocks[sourceId]!, this.#clocks[looks.sources[place]!]!, time - looks.times[place]!, travelMs)
    }
    looks.hashes[place] = frame.keyHash
    looks.sources[place] = sourceId
    looks.times[place] = time
    looks.lats[place] = north
    looks.lons[place] = east
    looks.speeds[place] = speed
    looks.headings[place] = heading
  }

  /** Once a second of the stream clock: moves what records are corrected by towards what is estimated. */
  slew(): void {
    const known = this.#clocks.filter((clock) => clock !== undefined && clock.pairs >= CONFIDENT_PAIRS) as Clock[]
    if (known.length < 2) return
    const middleMs = median(known.map(({ estimateMs }) => estimateMs))
    for (const { state, estimateMs } of known) {
      const targetMs = within(estimateMs - middleMs, MAX_OFFSET_MS)
      const missingMs = targetMs - state.clockOffsetMs
      if (Math.abs(missingMs) > DEAD_ZONE_MS) state.clockOffsetMs += Math.round(within(missingMs, SLEW_MS_PER_S))
    }
  }

  /** Of two looks at one aircraft, by two sources: how much later the first clock says it was, and how long it flew. */
  #learn(a: Clock, b: Clock, differenceMs: number, travelMs: number): void {
    const surpriseMs = differenceMs - (a.estimateMs - b.estimateMs) - travelMs
    // NaN where the looks do not go together.
    if (!(Math.abs(travelMs) <= MAX_APART_MS && Math.abs(surpriseMs) <= MAX_APART_MS)) return
    move(a, surpriseMs / 2)
    move(b, -surpriseMs / 2)
  }
}

function move(clock: Clock, surpriseMs: number): void {
  const bounded = clock.pairs < FREE_PAIRS ? surpriseMs : within(surpriseMs, MAX_SURPRISE_MS)
  clock.pairs++
  clock.estimateMs += bounded / Math.min(clock.pairs, MAX_WEIGHT)
}

/** The last look at each aircraft, as far as there is room: two that want one place take turns. */
class Looks {
  readonly hashes = new Int32Array(1 << LOOK_BITS)
  readonly sources = new Int32Array(1 << LOOK_BITS)
  readonly times = new Float64Array(1 << LOOK_BITS)
  readonly lats = new Float64Array(1 << LOOK_BITS)
  readonly lons = new Float64Array(1 << LOOK_BITS)
  readonly speeds = new Float64Array(1 << LOOK_BITS)
  readonly headings = new Float64Array(1 << LOOK_BITS)

  placeOf(hash: number): number {
    return hash & ((1 << LOOK_BITS) - 1)
  }

  /** How long the aircraft flew from the look at `place` to this one, below 0 for back; NaN where it did not fly straight on. */
  travelMs(place: number, lat: number, lon: number, speed: number, heading: number): number {
    if (Math.abs(speed - this.speeds[place]!) > MAX_SPEED_CHANGE_MPS) return Number.NaN
    if (Math.abs(turn(this.headings[place]!, heading)) > MAX_TURN_DEG) return Number.NaN
    const north = (lat - this.lats[place]!) * RADIANS * EARTH_RADIUS_M
    const east = turn(this.lons[place]!, lon) * RADIANS * EARTH_RADIUS_M * Math.cos(lat * RADIANS)
    const course = heading * RADIANS
    const ahead = north * Math.cos(course) + east * Math.sin(course)
    const aside = east * Math.cos(course) - north * Math.sin(course)
    return Math.abs(aside) > MAX_ASIDE_M ? Number.NaN : (ahead / speed) * 1000
  }
}

/** From one angle to another, degrees, by the shorter way. */
const turn = (from: number, to: number): number => ((((to - from + 180) % 360) + 360) % 360) - 180

const within = (value: number, most: number): number => Math.max(-most, Math.min(most, value))

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
