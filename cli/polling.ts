/** What the poll sources of a pipeline share: the limits of their credentials, where aircraft are, and what is counted. */
import { join } from 'node:path'
import { TILE_RESOLUTION, TileActivity } from '../actors/shard/tile-activity.ts'
import { credentialOf } from '../actors/source/http/auth.ts'
import { MOST_OPENSKY_CREDITS } from '../actors/source/limit/credits.ts'
import { DEFAULT_HOLD_MS, DEFAULT_SAFETY_MS } from '../actors/source/limit/rules.ts'
import { Credentials, type LimiterPlace } from '../actors/source/poll/credentials.ts'
import { limitRules } from '../actors/source/poll/limits-spec.ts'
import { pollCounters } from '../actors/source/poll/poll-counters.ts'
import type { PollSettings } from '../actors/source/poll/spec.ts'
import type { BoardPlan, CoverPlan } from '../actors/source/poll/tile-board.ts'
import type { ToldPlace } from '../actors/source/poll/told-file.ts'
import { WORLD } from '../actors/source/schedule/region.ts'
import type { HistogramSnapshot } from '../engine/memory/histogram.ts'
import type { Labels } from '../engine/ops/metrics-source.ts'
import { type FetchCounts, fetchCounts, NO_FETCHES, together } from './fetch-counts.ts'
import type { Pipeline } from './pipeline.ts'
import { SourceCounters } from './source-counters.ts'

/** When this process began. */
const STARTED_MS = Date.now() - process.uptime() * 1000

const PART = 'poll'

export class Polling {
  /** Written by the shard. */
  readonly activity = TileActivity.create(TILE_RESOLUTION).memory
  readonly credentials: Credentials
  /** Of sources of all kinds. */
  readonly counters = new SourceCounters()
  readonly #directory: string

  /** `directory`: the log's. */
  constructor(directory: string) {
    this.#directory = join(directory, 'polling')
    this.credentials = new Credentials(join(this.#directory, 'limits.json'), STARTED_MS)
  }

  countersOf(source: string): SharedArrayBuffer {
    return this.counters.of(source, PART, pollCounters.bytes)
  }

  limiterOf({
    url,
    auth,
    credential,
    limits,
    credits,
  }: Pick<PollSettings, 'url' | 'auth' | 'credential' | 'limits' | 'credits'>): LimiterPlace {
    const name = credential ?? `${originOf(url)} ${credentialOf(auth)}`
    const most = credits === 'opensky' ? MOST_OPENSKY_CREDITS : 1
    return this.credentials.place(name, {
      rules: limitRules(limits, 1, most),
      safetyMs: DEFAULT_SAFETY_MS,
      holdMs: DEFAULT_HOLD_MS,
    })
  }

  /** Where is kept which events a source has told. */
  toldOf(source: string): ToldPlace {
    return { file: join(this.#directory, `told-${source}.bin`), startedMs: STARTED_MS }
  }

  /** The one board that all tile sources of a pipeline share, and which of its covers is whose. */
  boardOf({ bounds, sources }: Pipeline): { board: BoardPlan; coverOf: ReadonlyMap<string, number> } {
    const withTiles = Object.entries(sources).flatMap(([name, source]) =>
      source.kind === 'poll' && source.options.tiles !== undefined ? [{ name, tiles: source.options.tiles }] : [],
    )
    const board = {
      region: bounds === undefined ? WORLD : { kind: 'box' as const, ...bounds },
      covers: withTiles.map(({ tiles }) => coverPlan(tiles)),
      stateDirectory: this.#directory,
      activity: this.activity,
    }
    return { board, coverOf: new Map(withTiles.map(({ name }, cover) => [name, cover])) }
  }

  /** A count of all sources together. */
  total(name: string): number {
    return this.#readers.values().reduce((sum, counters) => sum + counters.value(name), 0)
  }

  /** What a source has fetched; nothing for one that is not polled. */
  fetchesOf(source: string): FetchCounts {
    const counters = this.#readers.get(source)
    return counters === undefined ? NO_FETCHES : fetchCounts(counters)
  }

  /** What all have fetched. */
  fetches(): FetchCounts {
    return this.#readers.values().reduce((sum, counters) => together(sum, fetchCounts(counters)), NO_FETCHES)
  }

  /** How long fetches took, by source. */
  latencies(): { labels: Labels; snapshot: HistogramSnapshot }[] {
    return [...this.#readers].flatMap(([source, counters]) =>
      counters
        .readings()
        .flatMap((one) =>
          one.kind === 'histogram' && one.name === 'fetch_us' ? [{ labels: { source }, snapshot: one.snapshot }] : [],
        ),
    )
  }

  get #readers() {
    return this.counters.readersOf(PART)
  }
}

function coverPlan({ shape, maxRadiusNm, maxAreaDeg2 }: NonNullable<PollSettings['tiles']>): CoverPlan {
  return shape === 'circle' ? { shape, maxRadiusNm } : { shape, maxAreaDeg2: maxAreaDeg2 ?? null }
}

/** Of an address whose places are still to be filled in. */
const originOf = (url: string): string => new URL(url.replaceAll(/[{}]/g, '')).origin
