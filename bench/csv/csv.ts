/** A wide CSV file to the log on disk: 207 sensors, as METR-LA has; against pandas and json.dumps, which keep nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../fixtures/seeded.ts'
import type { Scale } from '../benchmarks.ts'
import { rateOf } from '../macro/counted.ts'
import { median, ROOT, timed } from '../macro/processes.ts'
import { pythonWith } from '../macro/python.ts'

const ROUNDS = 2
const SENSORS = 207
const RIVAL_ROWS = 100
const FIVE_MINUTES_MS = 300_000

export async function measureCsv(scale: Scale): Promise<Record<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-csv-'))
  try {
    const rows = scale === 'full' ? 20_000 : 5000
    const { file, locations } = writeFiles(directory, rows)
    const python = pythonWith('pandas', ['pandas==2.3.3'])
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const log = join(directory, `log-${round}`)
      const pipeline = writePipeline(directory, { file, locations, log })
      ours.push(await rateOf({ file: pipeline, log }, 'journal_frames', rows * SENSORS))
      if (python === null) continue
      const rival = [join(ROOT, 'bench/rivals/python_pandas.py'), file, locations, String(RIVAL_ROWS)]
      theirs.push(Number((await timed(python, rival)).output))
    }
    return {
      'csv.readings_per_second': median(ours) / 1000,
      ...(python !== null && { 'csv.versus_pandas': median(ours.map((rate, round) => rate / theirs[round]!)) }),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function writeFiles(directory: string, rows: number): { file: string; locations: string } {
  const random = seeded(17)
  const sensors = Array.from({ length: SENSORS }, (_, i) => String(760_000 + i))
  const [file, locations] = [join(directory, 'wide.csv'), join(directory, 'locations.csv')]
  const places = sensors.map((sensor, i) => `${i},${sensor},${34 + random() * 0.2},${-118.5 + random() * 0.3}`)
  writeFileSync(locations, `index,sensor_id,latitude,longitude\n${places.join('\n')}\n`)
  const lines = Array.from({ length: rows }, (_, row) => {
    const time = new Date(Date.UTC(2012, 2, 1) + row * FIVE_MINUTES_MS).toISOString().slice(0, 19).replace('T', ' ')
    return `${time},${sensors.map(() => (random() < 0.03 ? '0.0' : String((40 + random() * 30).toFixed(4)))).join(',')}`
  })
  writeFileSync(file, `,${sensors.join(',')}\n${lines.join('\n')}\n`)
  return { file, locations }
}

function writePipeline(
  directory: string,
  { file, locations, log }: Record<'file' | 'locations' | 'log', string>,
): string {
  const pipeline = join(directory, 'pipeline.yaml')
  writeFileSync(
    pipeline,
    `name: bench
log: { directory: ${log} }
ops: { port: 0, logLevel: error }
sources:
  in:
    csv:
      files: [${file}]
      layout: wide
      schema: traffic
      key: "{$column}"
      time: { from: $1, unit: iso8601 }
      join: { file: ${locations}, on: sensor_id }
      fields: { speed_mph: $cell, latitude: $join.latitude, longitude: $join.longitude }
      nulls: { speed_mph: ["0.0"] }
      valid: { speed_mph: { min: 0, max: 120 }, latitude: { min: 33.7, max: 34.5 }, longitude: { min: -119, max: -117 } }
`,
  )
  return pipeline
}
