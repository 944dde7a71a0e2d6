/** A client in another language, written from `docs/protocol.md` alone, is in the same states as ours. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FORMATS } from '../../actors/hub/protocol.ts'
import { FlightDecoder } from '../../web/client/index.ts'
import { RawSocket } from '../actors/hub/raw-socket.ts'
import { aircraft, RunningHub, until } from '../actors/hub/running-hub.ts'
import { type Row, rowsOf } from '../actors/hub/wire-model.ts'

const client = fileURLToPath(new URL('../protocol-client/', import.meta.url))
const python = preparePython()
const TICKS = 25

/** An interpreter with what the client needs, or null where there is none to be had. */
function preparePython(): string | null {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skein')
  const venv = join(cache, 'protocol-client')
  const interpreter = join(venv, 'bin', 'python')
  const requirements = readFileSync(join(client, 'requirements.txt'), 'utf8')
  const installed = join(venv, 'requirements.txt')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === requirements) return interpreter
  try {
    mkdirSync(cache, { recursive: true })
    rmSync(venv, { recursive: true, force: true })
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' })
    execFileSync(interpreter, ['-m', 'pip', 'install', '-q', '-r', join(client, 'requirements.txt')], { stdio: 'pipe' })
    writeFileSync(installed, requirements)
    return interpreter
  } catch (error) {
    console.warn(`no Python with msgpack and websockets, so its client is not tested: ${error}`)
    return null
  }
}

interface State {
  seq: number
  flights: Record<string, Row>
}

class PythonClient {
  readonly states: State[] = []
  readonly exited: Promise<number | null>
  errors = ''

  constructor(...parameters: (string | number)[]) {
    const child = spawn(python!, [join(client, 'flights.py'), ...parameters.map(String)])
    createInterface({ input: child.stdout }).on('line', (line) => this.states.push(JSON.parse(line) as State))
    child.stderr.on('data', (text) => {
      this.errors += text
    })
    this.exited = new Promise((resolve) => child.on('close', resolve))
  }
}

/** Moves, new ones, changes of every kind, and removals, the same in every run. */
function change(hub: RunningHub, step: number): void {
  hub.clockMs += 1700
  for (let i = step % 3; i < 40; i += 3) {
    const seen = aircraft(i, step, hub.clockMs)
    if ((i + step) % 5 === 0) Object.assign(seen, { heading_deg: null, callsign: null, squawk: '7700', spi: null })
    if ((i + step) % 7 === 0)
      Object.assign(seen, { lat: -seen.lat!, lon: 179.999995, on_ground: true, callsign: 'ÄÖ 12' })
    if ((i + step) % 11 === 0)
      Object.assign(seen, { time_position_unix: null, altitude_m: null, vertical_rate_mps: -20 })
    hub.observe(seen)
  }
  hub.remove((step * 7).toString(16).padStart(6, '0'))
  hub.observe({ ...aircraft(100 + step, step, hub.clockMs), icao24: `~${(100 + step).toString(16).padStart(6, '0')}` })
}

describe.skipIf(python === null)('the client in Python', () => {
  let hub: RunningHub

  beforeAll(async () => {
    hub = await RunningHub.start()
    hub.fill(2300)
  })

  afterAll(() => hub.stop())

  test.each(FORMATS)(
    'is in each of our states, in %s',
    async (format) => {
      const other = new PythonClient(hub.socketUrl, format, TICKS + 1)
      await until(() => other.states.length === 1 || other.errors !== '', 'its first state', 30_000)
      expect(other.errors).toBe('')
      const socket = RawSocket.open(hub.port)
      const decoder = new FlightDecoder()
      await until(() => socket.data.length === 4, 'our first state')
      for (const message of socket.data) decoder.take(message)
      const ours = [{ seq: decoder.seq, flights: Object.fromEntries(rowsOf(decoder.table)) }]
      for (let step = 0; step < TICKS; step++) {
        change(hub, step)
        hub.server.tick()
        await until(() => socket.data.length === 5 + step, 'the next delta')
        expect(decoder.take(socket.data.at(-1)!)).toBe('delta')
        ours.push({ seq: decoder.seq, flights: Object.fromEntries(rowsOf(decoder.table)) })
      }
      expect(await other.exited).toBe(0)
      expect(other.states.map(({ seq }) => seq)).toEqual(ours.map(({ seq }) => seq))
      for (const [index, state] of other.states.entries()) expect(state).toEqual(ours[index])
      socket.close()
    },
    60_000,
  )

  test('finds its way back after a delta is lost', async () => {
    const { seq } = (await (await fetch(`${hub.url}/health`)).json()) as { seq: number }
    const other = new PythonClient(hub.socketUrl, 'msgpack', 4, seq + 2)
    await until(() => other.states.length === 1 || other.errors !== '', 'its first state', 30_000)
    for (let step = 0; other.states.length < 3; step++) {
      const { length } = other.states
      change(hub, 200 + step)
      hub.server.tick()
      await until(() => other.states.length > length || step === 1, 'its next state')
    }
    change(hub, 300)
    hub.server.tick()
    expect(await other.exited).toBe(0)
    expect(other.errors).toBe('')
    expect(other.states[2]!.seq).toBeGreaterThan(seq + 2)
    expect(hub.counters.resyncs.value).toBe(1)
  }, 60_000)
})
