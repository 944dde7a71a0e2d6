/** The programs that the guide shows run, against providers on this machine. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createSky, NEW_YORK } from '../../fixtures/airspace/index.ts'
import { startAirspace } from '../../fixtures/airspace/serve/index.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

const root = join(import.meta.dirname, '../..')

test('docs/examples/fetch-quotes.ts prints a price for each symbol, or how it failed', async () => {
  const airspace = await startAirspace({ sky: createSky({ seed: 3, aircraft: 1, region: NEW_YORK }), clock: Date.now })
  onTestFinished(() => airspace.close())
  const scratch = scratchDirectory()
  const config = join(scratch, 'pipeline.yaml')
  const include = join(root, 'config/sources/binance-ticker.yaml')
  writeFileSync(
    config,
    `name: t\nlog: { directory: ${scratch}/log }\nsources: { binance-ticker: { include: ${include} } }\n`,
  )
  const { stdout } = await promisify(execFile)(
    'scripts/node',
    ['docs/examples/fetch-quotes.ts', config, 'ADAUSDT', 'NO SUCH'],
    { cwd: root, env: { ...process.env, BINANCE_URL: airspace.url('binance') } },
  )
  expect(stdout).toMatch(/^ADAUSDT [\d.]+\nNO SUCH client_error SKEIN_FETCH_FAILED\n\d+ records, \d+ requests\n$/)
})
