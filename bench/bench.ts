/**
 * Runs benchmarks and holds them against their targets.
 *
 *   npm run bench [-- NAME…] [--json] [--quick | --full] [--floors]
 *
 * Prints value, target and verdict; exits 1 when a target is missed that decides, or with `--floors` only when one falls behind
 * what had been reached. `--quick` (the default in CI) takes at most
 * five minutes; `--full` measures what needs time, such as memory over ten minutes.
 */
import { parseArgs } from 'node:util'
import { benchmarks, type Scale } from './benchmarks.ts'
import { type Target, targets, type Verdict, verdictOn } from './targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean' },
    floors: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => benchmarks[name] === undefined)
if (unknown.length > 0) {
  console.error(`bench: no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`)
  process.exit(64)
}

interface Row {
  name: string
  target: Target
  value: number | null
  verdict: Verdict | 'not measured'
}

const scale: Scale = values.full ? 'full' : 'quick'
const rows: Row[] = []
for (const [name, measure] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const measured = await measure(scale)
  for (const [id, target] of Object.entries(targets).filter(([, { benchmark }]) => benchmark === name)) {
    const value = measured[id] ?? null
    const row: Row = { name: id, target, value, verdict: value === null ? 'not measured' : verdictOn(target, value) }
    rows.push(row)
    if (!values.json) console.log(format(row))
  }
}
const isMissed = ({ verdict }: Row) => verdict === 'missed' || (verdict === 'short' && !values.floors)
const missed = rows.filter(isMissed)
if (values.json)
  console.log(JSON.stringify(rows.map(({ name, target, value, verdict }) => ({ name, value, ...target, verdict }))))
else console.log(`bench: ${rows.length - missed.length} passed, ${missed.length} failed`)
process.exitCode = missed.length === 0 ? 0 : 1

function format({ target, value, verdict }: Row): string {
  const wanted = target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`
  const got = value === null ? '—' : `${round(value)} ${target.unit}`
  return `${verdict.padEnd(13)}${target.what.padEnd(60)}${got.padStart(18)}   ${wanted} ${target.unit}${target.kind === 'goal' ? ' (goal)' : ''}`
}

/** To three digits. */
function round(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return Number(value.toPrecision(3)).toString()
}
