/** The hub as an actor in a running engine: real rings, real log, its own thread. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hubSpec } from '../../../actors/hub/spec.ts'
import { LogReader } from '../../../engine/log/index.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Logging } from '../../../engine/ops/logging.ts'
import { Frame, FrameKind } from '../../../engine/records/index.ts'
import { Engine } from '../../../engine/runtime/engine.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import type { Plan } from '../../../engine/runtime/plan.ts'
import { flight } from '../../../schemas/flight.ts'
import { type ConnectionStatus, connectFlights, type FlightFeed } from '../../../web/client/index.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import type { Observation } from './flight-frames.ts'
import { until } from './running-hub.ts'
import { rounded, rowsOf } from './wire-model.ts'

const sample = fileURLToPath(new URL('../../../fixtures/opensky_nyc_sample.jsonl', import.meta.url))
/** The clock of its last body. */
const END_MS = JSON.parse(readFileSync(sample, 'utf8').trimEnd().split('\n').at(-1)!).time * 1000
const log = new Logging({ level: 'silent' }).of('test')

let directory: string
let engine: Engine | null = null
const feeds: FlightFeed[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'skein-hub-'))
})

afterEach(async () => {
  for (const feed of feeds.splice(0)) feed.close()
  await drain()
  rmSync(directory, { recursive: true })
})

async function drain(): Promise<void> {
  await engine?.drain()
  engine = null
}

/** Starts the pipeline over the sample, flat out, with a hub; returns the hub's URLs, one for each time it was started. */
async function start(failpoints?: Failpoints): Promise<string[]> {
  const urls: string[] = []
  const options = { ...hubSpec.options.parse({ port: 0, tick: '20ms' }), staleAfterMs: 60_000 }
  const plan: Plan = {
    ...pipelinePlan({ directory, files: [sample] }),
    readers: [{ name: 'hub', module: hubSpec.module, options, neverTerminate: true, isDurable: false }],
    untilFinished: false,
  }
  engine = await Engine.start({ plan, log, failpoints, onListening: (_, url) => urls.push(url) })
  return urls
}

const socketUrl = (url: string) => `${url.replace('http', 'ws')}/ws/flights`

function follow(url: string): { feed: FlightFeed; statuses: ConnectionStatus[]; codes: (number | undefined)[] } {
  const statuses: ConnectionStatus[] = []
  const codes: (number | undefined)[] = []
  const feed = connectFlights({
    url: socketUrl(url),
    onStatus: (status, { code }) => {
      statuses.push(status)
      codes.push(code)
    },
    onSnapshot: () => {},
    onDelta: () => {},
  })
  feeds.push(feed)
  return { feed, statuses, codes }
}

/** What the log comes to, frame by frame: the newest accepted record of each key that has not been removed. */
function stateInLog(): Map<string, Observation> {
  const state = new Map<string, Observation>()
  const reader = LogReader.open(directory, 'oldest')
  const frame = new Frame(FrameMemory.allocate(0))
  for (let batch = reader.next(); batch !== null; batch = reader.next())
    for (let offset = batch.start; offset < batch.barrierStart; offset += frame.stride) {
      frame.over(batch.memory, offset)
      if (frame.schemaId !== flight.id) continue
      const observation = flight.toObject(frame) as unknown as Observation
      const known = state.get(observation.icao24)
      if (frame.kind === FrameKind.record) state.set(observation.icao24, observation)
      else if (frame.kind === FrameKind.removal) state.delete(observation.icao24)
      else if (known !== undefined)
        known.last_contact_unix = Math.max(known.last_contact_unix ?? 0, observation.last_contact_unix ?? 0)
    }
  reader.close()
  return state
}

const expected = () => new Map([...stateInLog()].map(([key, row]) => [key, rounded(row)]))

/** The hub has told us of the last of all that was read. */
const isUpToDate = (feed: FlightFeed) => feed.clockMs === END_MS && isDeepStrictEqual(rowsOf(feed.table), expected())

test('clients hold what the log comes to, and hear that the hub is going when the engine drains', async () => {
  const [url] = await start()
  engine!.lock.handler = ({ url: path }, response) => response.end(`asked for ${path}\n`)
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('asked for /metrics\n')
  const { feed, statuses, codes } = follow(url!)
  await engine!.finished
  await until(() => isUpToDate(feed), 'the end of the recording')
  expect(feed.table.count).toBeGreaterThan(100)
  await drain()
  await until(() => statuses.includes('reconnecting'), 'the farewell')
  expect(rowsOf(feed.table)).toEqual(expected())
  expect(codes[statuses.indexOf('reconnecting')]).toBe(1001)
}, 60_000)

test('a hub that is started again shows at once what the log holds', async () => {
  await start()
  await engine!.finished
  await drain()
  const [url] = await start()
  const { feed } = follow(url!)
  await until(() => isUpToDate(feed), 'the state in the log')
  expect(feed.table.count).toBeGreaterThan(100)
}, 60_000)

test('a hub that crashes is replaced, and nothing else notices', async () => {
  const failpoints = Failpoints.create()
  failpoints.arm('reader.handler', 'throw', { skip: 2000 })
  const urls = await start(failpoints)
  await engine!.finished
  await until(() => urls.length === 2, 'a second hub')
  const { feed } = follow(urls[1]!)
  await until(() => isUpToDate(feed), 'the end of the recording')
  expect([...engine!.restarts]).toEqual([['hub', 1]])
}, 60_000)
