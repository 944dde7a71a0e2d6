/**
 * What Skein must reach, stated once. `npm run bench` measures, compares and exits 1 on a miss.
 *
 * A ratio is against something measured in the same run, so it holds on a noisy or slow machine: a ratio decides. An
 * absolute figure is a goal: it is shown with its verdict, and decides nothing.
 */
export interface Target {
  /** The benchmark that measures it. */
  benchmark: string
  what: string
  unit: string
  /** The value must be at least, or at most, this. */
  atLeast?: number
  atMost?: number
  kind: 'ratio' | 'goal' | 'limit'
  /** Where the target is not reached yet: what is, with some room for noise. Behind it is a regression. */
  floor?: number
}

/** By the name under which the benchmark reports it. Limits are absolute and decide: they do not depend on speed. */
export const targets: Record<string, Target> = {
  'ring.frames_per_second': {
    benchmark: 'ring',
    what: '96-byte frames through a ring, two threads',
    unit: 'M/s',
    atLeast: 40,
    kind: 'goal',
  },
  'ring.versus_post_message': {
    benchmark: 'ring',
    what: '… against one postMessage a frame',
    unit: '×',
    atLeast: 100,
    kind: 'ratio',
    floor: 25,
  },
  'ring.versus_batches': {
    benchmark: 'ring',
    what: '… against transferred batches of 500',
    unit: '×',
    atLeast: 6,
    kind: 'ratio',
    floor: 0.7,
  },
  'ring.wake_up_p99': {
    benchmark: 'ring',
    what: 'wake-up of a sleeping consumer, p99',
    unit: 'µs',
    atMost: 150,
    kind: 'goal',
  },
  'ring.wake_up_versus_bare': {
    benchmark: 'ring',
    what: '… against a bare wait and notify, p99',
    unit: '×',
    atMost: 1.5,
    kind: 'ratio',
    floor: 6,
  },
  'decode.envelope_versus_parse': {
    benchmark: 'decode',
    what: 'flight envelopes, bytes → frames, against JSON.parse',
    unit: '×',
    atLeast: 3,
    kind: 'ratio',
    floor: 1.5,
  },
  'decode.opensky_versus_parse': {
    benchmark: 'decode',
    what: 'OpenSky bodies, bytes → frames, against JSON.parse',
    unit: '×',
    atLeast: 3,
    kind: 'ratio',
    floor: 1.2,
  },
  'decode.readsb_versus_parse': {
    benchmark: 'decode',
    what: 'readsb bodies, bytes → frames, against JSON.parse',
    unit: '×',
    atLeast: 3,
    kind: 'ratio',
    floor: 0.9,
  },
  'stages.records_per_second': {
    benchmark: 'stages',
    what: 'shard and dedupe, frames already in a ring',
    unit: 'M/s',
    atLeast: 1.5,
    kind: 'goal',
  },
  'replay.envelopes_per_second': {
    benchmark: 'replay',
    what: 'envelopes: file → log on disk',
    unit: 'k/s',
    atLeast: 800,
    kind: 'goal',
  },
  'replay.versus_node': {
    benchmark: 'replay',
    what: '… against a plain Node script',
    unit: '×',
    atLeast: 5,
    kind: 'ratio',
    floor: 1.1,
  },
  'replay.versus_orjson': {
    benchmark: 'replay',
    what: '… against Python with orjson',
    unit: '×',
    atLeast: 2.5,
    kind: 'ratio',
    floor: 0.6,
  },
  'world.records_per_second': {
    benchmark: 'world',
    what: 'world OpenSky bodies: file → log on disk',
    unit: 'k/s',
    atLeast: 800,
    kind: 'goal',
  },
  'hub.tick_ms': {
    benchmark: 'hub',
    what: '10,000 aircraft, 20 % changed: one tick encoded',
    unit: 'ms',
    atMost: 3,
    kind: 'goal',
  },
  'hub.bytes_per_change': {
    benchmark: 'hub',
    what: '… bytes per changed aircraft',
    unit: 'B',
    atMost: 10,
    kind: 'limit',
  },
  'schedule.requests_per_minute': {
    benchmark: 'schedule',
    what: 'three providers at 1/s and OpenSky, a simulated day: requests',
    unit: '/min',
    atLeast: 170,
    kind: 'limit',
  },
  'schedule.budget_used': {
    benchmark: 'schedule',
    what: '… of what the limits allow, the least of the four',
    unit: '%',
    atLeast: 95,
    kind: 'limit',
  },
  'schedule.budget_used_with_restarts': {
    benchmark: 'schedule',
    what: '… stopped or killed every minute',
    unit: '%',
    atLeast: 95,
    kind: 'limit',
  },
  'schedule.budget_used_with_kills': {
    benchmark: 'schedule',
    what: '… killed every minute',
    unit: '%',
    atLeast: 95,
    kind: 'limit',
  },
  'schedule.refused': {
    benchmark: 'schedule',
    what: '… 429s, restarts and kills included',
    unit: '',
    atMost: 0,
    kind: 'limit',
  },
  'schedule.region_age_p95_s': {
    benchmark: 'schedule',
    what: 'Europe: age of cells with aircraft, p95, worst hour',
    unit: 's',
    atMost: 10,
    kind: 'limit',
  },
  'schedule.world_age_p95_s': {
    benchmark: 'schedule',
    what: 'the world: the same',
    unit: 's',
    atMost: 60,
    kind: 'goal',
  },
  'allocation.bytes_per_frame': {
    benchmark: 'allocation',
    what: 'heap that grows with frames, 10 M frames',
    unit: 'B/frame',
    atMost: 0.1,
    kind: 'limit',
  },
  'start.first_aircraft_ms': {
    benchmark: 'start',
    what: '`npm start`, installed, to the first aircraft',
    unit: 'ms',
    atMost: 2000,
    kind: 'goal',
  },
  'start.rss_mb': { benchmark: 'start', what: '… memory', unit: 'MB', atMost: 350, kind: 'limit', floor: 450 },
  'start.rss_slope_mb_per_minute': {
    benchmark: 'start',
    what: '… growth of memory once warm',
    unit: 'MB/min',
    atMost: 2,
    kind: 'limit',
    floor: 80,
  },
  'http.versus_undici': {
    benchmark: 'http',
    what: 'a fetch over 50 hosts: processor, against undici alone',
    unit: '×',
    atMost: 1.3,
    kind: 'ratio',
    floor: 1.7,
  },
  'http.versus_aiohttp': {
    benchmark: 'http',
    what: '… against aiohttp',
    unit: '×',
    atMost: 0.5,
    kind: 'ratio',
    floor: 0.8,
  },
  'http.fetches_per_second': {
    benchmark: 'http',
    what: '… as many as go, 500 at once',
    unit: '/s',
    atLeast: 10_000,
    kind: 'goal',
  },
  'http.p95': {
    benchmark: 'http',
    what: '… and how long they take then, p95',
    unit: 'ms',
    atMost: 100,
    kind: 'goal',
  },
  'http.held_connections': {
    benchmark: 'http',
    what: 'connections to 50 hosts, each with a request under way',
    unit: '',
    atLeast: 5000,
    kind: 'limit',
  },
  'polling.others_p95': {
    benchmark: 'polling',
    what: '18 sources, one hanging, one failing, one answering garbage: p95 of the others, against an undisturbed run',
    unit: '×',
    atMost: 1.1,
    kind: 'ratio',
    floor: 2,
  },
  'polling.success_percent': {
    benchmark: 'polling',
    what: '3 % of all requests go wrong: fetches that end well',
    unit: '%',
    atLeast: 99,
    kind: 'limit',
  },
  'polling.in_flight': {
    benchmark: 'polling',
    what: 'an engine with as many requests under way as may be',
    unit: '',
    atLeast: 5000,
    kind: 'limit',
  },
  'polling.rss_mb': {
    benchmark: 'polling',
    what: '… its memory',
    unit: 'MB',
    atMost: 400,
    kind: 'limit',
  },
  'kafka.records_per_second': {
    benchmark: 'kafka',
    what: 'log to one broker on the same cores, exactly once',
    unit: 'k/s',
    atLeast: 100,
    kind: 'goal',
  },
  'kafka.versus_plain': {
    benchmark: 'kafka',
    what: '… against kafkajs used plainly',
    unit: '×',
    atLeast: 0.8,
    kind: 'ratio',
    floor: 0.5,
  },
  'kafka.read_per_second': {
    benchmark: 'kafka',
    what: 'one broker on the same cores to the log, exactly once',
    unit: 'k/s',
    atLeast: 100,
    kind: 'goal',
  },
  'csv.readings_per_second': {
    benchmark: 'csv',
    what: 'a wide CSV file to the log on disk: readings',
    unit: 'k/s',
    atLeast: 250,
    kind: 'goal',
  },
  'csv.versus_pandas': {
    benchmark: 'csv',
    what: '… against pandas and json.dumps',
    unit: '×',
    atLeast: 10,
    kind: 'ratio',
    floor: 5,
  },
  'push.durable_per_second': {
    benchmark: 'push',
    what: 'events over HTTP, 1 KB, 64 connections, on disk before the answer',
    unit: 'k/s',
    atLeast: 15,
    kind: 'goal',
  },
  'push.durable_p99': { benchmark: 'push', what: '… how long it takes, p99', unit: 'ms', atMost: 25, kind: 'goal' },
  'push.memory_per_second': {
    benchmark: 'push',
    what: '… answered before',
    unit: 'k/s',
    atLeast: 25,
    kind: 'goal',
  },
  'push.versus_plain': {
    benchmark: 'push',
    what: '… on disk, against a server that keeps nothing',
    unit: '×',
    atLeast: 0.3,
    kind: 'ratio',
    floor: 0.15,
  },
  'push.failed': { benchmark: 'push', what: '… and were not taken', unit: '', atMost: 0, kind: 'limit' },
  'idle.cpu_percent': {
    benchmark: 'idle',
    what: 'replay finished, no clients: processor',
    unit: '% of a core',
    atMost: 1,
    kind: 'limit',
    floor: 4,
  },
}

/** `short`: behind the target, not behind its floor. */
export type Verdict = 'met' | 'missed' | 'short' | 'below goal'

export function verdictOn(target: Target, value: number): Verdict {
  const isMet =
    value >= (target.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (target.atMost ?? Number.POSITIVE_INFINITY)
  if (isMet) return 'met'
  const { floor } = target
  if (floor !== undefined && (target.atLeast === undefined ? value <= floor : value >= floor)) return 'short'
  return target.kind === 'goal' ? 'below goal' : 'missed'
}
