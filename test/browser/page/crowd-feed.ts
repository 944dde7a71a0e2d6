/**
 * Stands in for the hub's feed in measurements: N aircraft that fly great circles, reported like a real feed's.
 *
 * `?aircraft=20000` says how many, `?spread=world|new-york` where. Each tick a fifth of them reports.
 */
import type { FlightFeed, FlightOptions } from '../../../web/client/connect-flights.ts'
import { createFlightTable } from '../../../web/client/flight-table.ts'

export type { ConnectionStatus, FlightFeed } from '../../../web/client/connect-flights.ts'
export type { FlightTable } from '../../../web/client/flight-table.ts'

const TICK_MS = 200
const SHARE_PER_TICK = 0.2
const RADIUS_M = 6_371_008.8
const RADIANS = Math.PI / 180

export function connectFlights(options: FlightOptions): FlightFeed {
  const query = new URLSearchParams(location.search)
  const count = Number(query.get('aircraft') ?? 150)
  const world = query.get('spread') === 'world'
  const startMs = Date.parse(query.get('at') ?? '2024-06-07T16:30:00Z')
  const random = generator(7)
  const table = createFlightTable(count)
  const feed: FlightFeed = { table, clockMs: startMs, tickMs: TICK_MS, staleAfterMs: 60_000, close() {} }
  for (let slot = 0; slot < count; slot++) depart(slot)
  table.highWater = table.count = count

  function depart(slot: number): void {
    table.present[slot] = 1
    table.icao24[slot] = (0xa00000 + slot * 37).toString(16)
    const airline = ['UAL', 'DAL', 'JBU', 'AAL', 'BAW', 'EJA', 'RPA', 'N'][Math.floor(random() * 8)]!
    table.callsign[slot] = `${airline}${Math.floor(random() * 8999 + 100)}`
    table.squawk[slot] = String(1000 + Math.floor(random() * 6000)).replace(/[89]/g, '4')
    table.lat[slot] = world ? Math.asin(random() * 1.7 - 0.8) / RADIANS : 40.4 + random() * 0.8
    table.lon[slot] = world ? random() * 360 - 180 : -74.5 + random()
    const onGround = random() < 0.12
    table.onGround[slot] = onGround ? 1 : 0
    table.spi[slot] = 0
    table.altitudeM[slot] = onGround ? Number.NaN : world ? 2000 + random() ** 0.5 * 11000 : 300 + random() ** 2 * 12000
    table.geoAltitudeM[slot] = table.altitudeM[slot]! + 60
    table.velocityMps[slot] = onGround ? random() * 8 : 70 + table.altitudeM[slot]! / 80 + random() * 40
    table.headingDeg[slot] = random() * 360
    table.verticalRateMps[slot] = onGround || random() < 0.5 ? 0 : random() * 16 - 8
    table.timePositionMs[slot] = table.lastContactMs[slot] = startMs - random() * 10_000
  }

  const changed = new Uint32Array(count)
  const removed = new Uint32Array(0)
  let next = 0
  function tick(): void {
    feed.clockMs += TICK_MS
    let changes = 0
    while (changes < Math.max(1, count * SHARE_PER_TICK)) {
      move(next, feed.clockMs - 300)
      changed[changes++] = next
      next = (next + 1) % count
    }
    options.onDelta(feed, changed, changes, removed, 0)
  }

  function move(slot: number, timeMs: number): void {
    const seconds = (timeMs - table.timePositionMs[slot]!) / 1000
    const heading = table.headingDeg[slot]! * RADIANS
    const angle = (table.velocityMps[slot]! * seconds) / RADIUS_M
    const lat = table.lat[slot]! * RADIANS
    const newLat = Math.asin(Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(heading))
    const turn = Math.atan2(
      Math.sin(heading) * Math.sin(angle) * Math.cos(lat),
      Math.cos(angle) - Math.sin(lat) * Math.sin(newLat),
    )
    table.lat[slot] = newLat / RADIANS
    table.lon[slot] = ((((table.lon[slot]! + turn / RADIANS + 180) % 360) + 360) % 360) - 180
    table.headingDeg[slot] = (table.headingDeg[slot]! + (slot % 3 === 0 ? 1.2 : 0) * Math.min(seconds, 5) + 360) % 360
    table.altitudeM[slot] = Math.max(
      150,
      Math.min(13_000, table.altitudeM[slot]! + table.verticalRateMps[slot]! * seconds),
    )
    table.timePositionMs[slot] = table.lastContactMs[slot] = timeMs
  }

  options.onStatus('connecting', { failures: 0 })
  setTimeout(() => {
    options.onSnapshot(feed)
    options.onStatus('live', { failures: 0 })
    setInterval(tick, TICK_MS)
  }, 50)
  return feed
}

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
