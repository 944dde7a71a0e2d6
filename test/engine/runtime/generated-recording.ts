/** Recordings made from a seed: the same bytes in every run. */
import { writeFileSync } from 'node:fs'
import { seeded } from '../../../fixtures/seeded.ts'

/** Events with payloads of many lengths. No verdict can hide a loss or a double among them. */
export function writeEvents(path: string, count: number, seed = 1): string {
  const random = seeded(seed)
  const lines = Array.from({ length: count }, (_, n) => {
    const pad = 'x'.repeat(Math.floor(random() ** 8 * 800))
    return JSON.stringify({ id: `e${n}`, timestamp: 1.6e9 + n / 100, source: `s${n % 3}`, payload: { n, pad } })
  })
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

export interface FlightOptions {
  bodies: number
  aircraft: number
  seed?: number
}

/** OpenSky bodies: aircraft come and go, repeat themselves, fall back and fly on; some rows and some bodies are refused. */
export function writeFlights(path: string, { bodies, aircraft, seed = 1 }: FlightOptions): string {
  const random = seeded(seed)
  const lines: string[] = []
  let time = 1_600_000_000
  for (let n = 0; n < bodies; n++) {
    time += random() < 0.05 ? 60 + Math.floor(random() * 3) - 1 : Math.floor(random() * 4) * 2.5
    if (random() < 0.03) lines.push(['', '<html>busy</html>', '{"time":'][Math.floor(random() * 3)]!)
    const bodyTime = random() < 0.03 ? time - Math.floor(random() * 90) : time
    const isSilent = random() < 0.05
    const states = Array.from({ length: Math.floor(random() * aircraft) }, () =>
      row(random, bodyTime, aircraft, isSilent),
    )
    lines.push(JSON.stringify({ time: bodyTime, states: random() < 0.02 ? null : states }))
  }
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

function row(random: () => number, time: number, aircraft: number, isSilent: boolean): unknown[] {
  const number = Math.floor(random() ** 2 * aircraft)
  const icao24 = isSilent ? '' : random() < 0.01 ? 'nothex' : (0xa00000 + number * 37).toString(16)
  const ages = [0, 0, 0, 0.1, 0.3, 1, 5, 59, 299, 301, -59, -61]
  const seen = random() < 0.02 ? null : time - ages[Math.floor(random() * ages.length)]!
  const lat = random() < 0.01 ? 91 : random() < 0.02 ? null : 40 + random()
  const callsign = random() < 0.1 ? null : `T${number}  `
  return [
    icao24,
    callsign,
    'X',
    seen,
    time,
    -74 + random(),
    lat,
    1000 * random(),
    false,
    200,
    90,
    0,
    null,
    1010,
    '7000',
    false,
    0,
  ]
}
