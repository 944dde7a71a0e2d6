// What one would write first: readline, JSON.parse, h3-js, a Map, a write stream. One thread, no durability.
//   node plain-node.mjs ENVELOPES.jsonl OUT.jsonl
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { latLngToCell } from 'h3-js'

const [input, output] = process.argv.slice(2)
const TOLERANCE_MS = 250
const accepted = new Map()
const ledger = { received: 0, accepted: 0, duplicate: 0, late: 0, discarded: 0, dead_lettered: 0 }
const out = createWriteStream(output)
const startedMs = performance.now()

for await (const line of createInterface({ input: createReadStream(input), crlfDelay: Number.POSITIVE_INFINITY })) {
  ledger.received++
  let envelope
  try {
    envelope = JSON.parse(line)
  } catch {
    ledger.dead_lettered++
    continue
  }
  const { payload } = envelope
  if (!payload?.icao24 || payload.position?.lat == null || payload.position?.lon == null) {
    ledger.discarded++
    continue
  }
  const timeMs = Math.round((payload.time_position_unix ?? payload.last_contact_unix) * 1000)
  const last = accepted.get(payload.icao24) ?? Number.NEGATIVE_INFINITY
  if (timeMs - last < TOLERANCE_MS) {
    if (last - timeMs >= TOLERANCE_MS) ledger.late++
    else ledger.duplicate++
    continue
  }
  accepted.set(payload.icao24, timeMs)
  ledger.accepted++
  envelope.cell = latLngToCell(payload.position.lat, payload.position.lon, 7)
  if (!out.write(`${JSON.stringify(envelope)}\n`)) await new Promise((resolve) => out.once('drain', resolve))
}
await new Promise((resolve) => out.end(resolve))
console.log(JSON.stringify({ ...ledger, seconds: (performance.now() - startedMs) / 1000 }))
