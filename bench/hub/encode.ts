/**
 * One tick of the hub: 10,000 aircraft of which a fifth have changed, encoded for every client; and what a client takes to
 * read it, with JSON beside it.
 *
 *   scripts/node bench/hub/encode.ts
 */
import { DeltaEncoder } from '../../actors/hub/delta-encoder.ts'
import { encodeHello, helloDetails } from '../../actors/hub/hello.ts'
import { LiveTable } from '../../actors/hub/live-table.ts'
import { encodeSnapshot } from '../../actors/hub/snapshot-encoder.ts'
import { flight } from '../../schemas/flight.ts'
import { FlightDecoder } from '../../web/client/index.ts'
import { MovingSky } from './moving-sky.ts'

const AIRCRAFT = 10_000
const CHANGED_SHARE = 0.2
const TICK_MS = 200
const WARM_UP_TICKS = 100
const TIMES = { tick_ms: TICK_MS, heartbeat_ms: 5000, stale_after_ms: 60_000 }

export async function measureHub(scale: 'quick' | 'full'): Promise<Record<string, number>> {
  const ticks = scale === 'full' ? 2000 : 300
  const sky = new MovingSky(AIRCRAFT, CHANGED_SHARE)
  const table = new LiveTable(flight, { capacity: 2 * AIRCRAFT, contact: 'last_contact_unix' })
  const encoder = new DeltaEncoder(table)
  const decoder = new FlightDecoder()
  const take = table.onFrame.bind(table)
  let header = { epoch: 1, channel: 0, seq: 1, clock_ms: sky.clockMs }
  sky.observeAll(take)
  encoder.encode(header)
  decoder.take(encodeHello(header, helloDetails(table.columns, 'msgpack', 'bench', TIMES)))
  const snapshot = timed(() => encodeSnapshot(table, header, 'msgpack'))
  for (const chunk of snapshot.result) decoder.take(chunk)

  const timings = {
    intake: [] as number[],
    encode: [] as number[],
    decode: [] as number[],
    json: [] as number[],
    parse: [] as number[],
  }
  let bytes = 0
  let jsonBytes = 0
  let rows = 0
  for (let tick = -WARM_UP_TICKS; tick < ticks; tick++) {
    const intake = timed(() => sky.tick(TICK_MS, take))
    header = { ...header, seq: header.seq + 1, clock_ms: sky.clockMs }
    const delta = timed(() => encoder.encode(header))
    const decoded = timed(() => decoder.take(delta.result))
    if (decoded.result !== 'delta') throw new Error(`the decoder says ${decoded.result}`)
    const json = timed(() => encoder.encodeJson(header).toString())
    const parsed = timed(() => JSON.parse(json.result))
    if (tick < 0) continue
    bytes += delta.result.length
    jsonBytes += json.result.length
    rows += encoder.rowCount
    timings.intake.push(intake.ms)
    timings.encode.push(delta.ms)
    timings.decode.push(decoded.ms)
    timings.json.push(json.ms)
    timings.parse.push(parsed.ms)
  }
  return {
    'hub.tick_ms': median(timings.encode),
    'hub.bytes_per_change': bytes / rows,
    'hub.rows_per_tick': rows / ticks,
    'hub.decode_ms': median(timings.decode),
    'hub.json_tick_ms': median(timings.json),
    'hub.json_parse_ms': median(timings.parse),
    'hub.json_bytes_per_change': jsonBytes / rows,
    'hub.snapshot_ms': snapshot.ms,
    'hub.snapshot_kb': snapshot.result.reduce((sum, { length }) => sum + length, 0) / 1000,
    'hub.intake_and_simulation_ms': median(timings.intake),
  }
}

function timed<T>(work: () => T): { result: T; ms: number } {
  const startedAt = performance.now()
  const result = work()
  return { result, ms: performance.now() - startedAt }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) console.table(await measureHub('full'))
