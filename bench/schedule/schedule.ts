/**
 * A day of polling the world, some hours of polling Europe, and an hour with a restart every minute, simulated in seconds.
 *
 *   scripts/node bench/schedule/schedule.ts        prints every hour
 */
import {
  boxesOver,
  circlesOver,
  NAUTICAL_MILE_M,
  type Region,
  tileResolution,
  tilesOf,
  WORLD,
} from '../../actors/source/schedule/index.ts'
import type { Scale } from '../benchmarks.ts'
import { communityProvider, openSky } from './providers.ts'
import { type Outcome, Simulation, type SimulationOptions } from './simulation.ts'
import { Traffic } from './traffic.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Midnight UTC, 2 June 2025. */
const START_MS = Date.UTC(2025, 5, 2)
const RADIUS_M = 250 * NAUTICAL_MILE_M
const EUROPE: Region = { kind: 'box', latMin: 36, latMax: 60, lonMin: -10, lonMax: 30 }
/** What the real world has in the air is 10,000 to 14,000. */
const AIRCRAFT: Record<Scale, number> = { quick: 2000, full: 12_000 }
const REGION_HOURS: Record<Scale, number> = { quick: 3, full: 24 }

export async function measureSchedule(
  scale: Scale,
  log: (line: string) => void = console.error,
): Promise<Record<string, number>> {
  const traffic = new Traffic(AIRCRAFT[scale], START_MS, 24 * 60)
  const world = simulate('the world, a day; stopped at 6:30, killed at 12:30', WORLD, traffic, log, {
    lengthMs: 24 * HOUR_MS,
    saveEveryMs: 5 * MINUTE_MS,
    restart: (count) =>
      [
        { atMs: START_MS + 6.5 * HOUR_MS, isKill: false },
        { atMs: START_MS + 12.5 * HOUR_MS, isKill: true },
      ][count],
  })
  const region = simulate('Europe', EUROPE, traffic, log, {
    lengthMs: REGION_HOURS[scale] * HOUR_MS,
    saveEveryMs: MINUTE_MS,
  })
  const restarted = simulate('Europe, stopped or killed every minute', EUROPE, traffic, log, {
    lengthMs: HOUR_MS,
    saveEveryMs: 10_000,
    restart: (count) => ({ atMs: START_MS + (count + 1) * MINUTE_MS, isKill: count % 2 === 0 }),
  })
  const killed = simulate('Europe, killed every minute', EUROPE, traffic, log, {
    lengthMs: HOUR_MS,
    saveEveryMs: 10_000,
    restart: (count) => ({ atMs: START_MS + (count + 1) * MINUTE_MS, isKill: true }),
  })
  const all = [world, region, restarted, killed]
  return {
    'schedule.requests_per_minute': world.requests / (24 * 60),
    'schedule.budget_used': 100 * Math.min(...world.shares, ...region.shares),
    'schedule.budget_used_with_restarts': 100 * Math.min(...restarted.shares),
    'schedule.budget_used_with_kills': 100 * Math.min(...killed.shares),
    'schedule.refused': all.reduce((sum, { refused }) => sum + refused, 0),
    'schedule.region_age_p95_s': Math.max(...region.hours.slice(1).map(({ busy }) => busy.p95)) / 1000,
    'schedule.world_age_p95_s': Math.max(...world.hours.slice(1).map(({ busy }) => busy.p95)) / 1000,
  }
}

function simulate(
  title: string,
  region: Region,
  traffic: Traffic,
  log: (line: string) => void,
  options: Pick<SimulationOptions, 'lengthMs' | 'saveEveryMs' | 'restart'>,
): Outcome {
  const startedAt = performance.now()
  const tiling = tilesOf(region, tileResolution(RADIUS_M))
  const circles = circlesOver(tiling, RADIUS_M)
  const providers = [
    communityProvider('airplanes.live'),
    communityProvider('adsb.fi'),
    communityProvider('adsb.lol'),
    openSky(),
  ]
  const covers = [circles, circles, circles, boxesOver(tiling)]
  const outcome = new Simulation({ tiling, covers, providers, traffic, startMs: START_MS, ...options }).run()
  log(
    `\n${title}: ${tiling.size} tiles, ${outcome.restarts} restarts, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  )
  log('hour  requests/min  aircraft   busy p50    p95   quiet p50     p95   refused')
  for (const [hour, { requests, aircraft, busy, quiet, refused }] of outcome.hours.entries())
    log(
      `${String(hour).padStart(4)}${(requests / 60).toFixed(1).padStart(14)}${aircraft.toFixed(0).padStart(10)}${seconds(busy.p50)}${seconds(busy.p95, 7)}${seconds(quiet.p50, 12)}${seconds(quiet.p95, 8)}${String(refused).padStart(10)}`,
    )
  log(
    providers
      .map(({ name }, i) => `${name} ${(100 * outcome.shares[i]!).toFixed(1)} %`)
      .join(', ')
      .concat(' of what is allowed'),
  )
  return outcome
}

function seconds(ms: number, width = 11): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(width)
}

if (import.meta.main ?? process.argv[1] === import.meta.filename)
  console.table(await measureSchedule(process.argv.includes('--full') ? 'full' : 'quick', console.log))
