/** Starts the page: the hub's feed on one side; globe, or a list where there is no WebGL, on the other. */
import { type ConnectionStatus, connectFlights, type FlightFeed } from './client/index.ts'
import { GlobeApp } from './globe-app.ts'
import { FlightList } from './hud/flight-list.ts'
import { Legend } from './hud/legend.ts'
import { PreferenceStore } from './hud/preferences.ts'
import { StatusBar } from './hud/status.ts'
import { bindSwitches } from './hud/switches.ts'
import { StreamClock } from './time/stream-clock.ts'

const clock = new StreamClock()
const preferences = new PreferenceStore()
const statusBar = new StatusBar()
const legend = new Legend()
let clockMovedAtMs = performance.now()

function startGlobe(): GlobeApp | null {
  try {
    const app = new GlobeApp(clock, preferences)
    app.start()
    return app
  } catch (error) {
    console.info('No globe:', error)
    return null
  }
}

const globe = startGlobe()
const list = globe
  ? null
  : new FlightList('This browser cannot draw the globe (WebGL is missing or switched off), so here is the list.')

function observeClock(feed: FlightFeed): void {
  if (Number.isNaN(feed.clockMs)) return
  if (clock.observe(feed.clockMs, performance.now())) clockMovedAtMs = performance.now()
}

const url = new URL('ws/flights', location.href)
url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

const feed = connectFlights({
  url: url.href,
  onStatus: (status: ConnectionStatus, { retryInMs = 0 }) => statusBar.setStatus(status, retryInMs, performance.now()),
  onSnapshot(feed) {
    observeClock(feed)
    globe?.takeSnapshot(feed)
  },
  onDelta(feed, changed, changedCount, removed, removedCount) {
    observeClock(feed)
    globe?.takeDelta(feed, changed, changedCount, removed, removedCount)
  },
})

bindSwitches(preferences)
preferences.watch(({ units }) => legend.setUnits(units))

function refresh(): void {
  const now = performance.now()
  const { zone } = preferences.value
  statusBar.update(feed.table.count, clock.at(now), zone, now, now - clockMovedAtMs)
}
function refreshSlowly(): void {
  legend.update(feed.table)
  list?.update(feed.table, preferences.value.units)
}
preferences.watch(() => {
  refresh()
  refreshSlowly()
})
setInterval(refresh, 200)
setInterval(refreshSlowly, 1000)

window.skein = {
  get status() {
    return statusBar.status
  },
  get count() {
    return feed.table.count
  },
  get clockMs() {
    return clock.at(performance.now())
  },
  get selected() {
    return globe?.selection.icao24 ?? null
  },
  get camera() {
    const { lat, lon, distance, tiltDeg, bearingDeg } = globe?.rig.pose ?? {
      lat: 0,
      lon: 0,
      distance: 0,
      tiltDeg: 0,
      bearingDeg: 0,
    }
    return { lat, lon, distance, tiltDeg, bearingDeg, flying: globe?.rig.flying ?? false }
  },
  get frames() {
    const stats = globe?.stats
    return { count: stats?.frames ?? 0, medianMs: stats?.quantile(0.5) ?? 0, p95Ms: stats?.quantile(0.95) ?? 0 }
  },
  get firstPictureMs() {
    return globe?.firstPictureMs ?? Number.NaN
  },
  get firstAircraftMs() {
    return globe?.firstAircraftMs ?? Number.NaN
  },
  get texturesReady() {
    return globe?.texturesReady ?? false
  },
  pixelOf: (icao24) => globe?.pixelOf(icao24) ?? null,
  positionOf: (icao24) => globe?.positionOf(icao24) ?? null,
  inPicture: () => {
    const { table } = feed
    return [...table.icao24.keys()]
      .filter((slot) => table.present[slot] && globe?.pixelOf(table.icao24[slot]!))
      .map((slot) => table.icao24[slot]!)
  },
}
