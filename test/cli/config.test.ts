import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pipelineSchema } from '../../cli/pipeline.ts'
import { configVariables, loadConfig, printConfig } from '../../engine/config/index.ts'

const root = join(import.meta.dirname, '../..')
const configs = readdirSync(join(root, 'config')).filter((name) => name.endsWith('.yaml'))

/** What other configurations than that of `npm start` have their own defaults for. */
const OWN_DEFAULTS = ['SKEIN_DATA', 'WS_STALE_THRESHOLD_SECONDS']

describe.each(configs)('config/%s', (name) => {
  const file = `config/${name}`
  const text = readFileSync(join(root, file), 'utf8')
  const isMain = name === 'nyc-replay.yaml'

  test('is valid as shipped', () => {
    const loaded = loadConfig({ file, text, root: pipelineSchema })
    expect(loaded.ok ? [] : loaded.problems).toEqual([])
  })

  test('is the same after it was printed and read again', () => {
    const loaded = loadConfig({ file, text, root: pipelineSchema })
    if (!loaded.ok) throw new Error('not valid')
    const printed = loadConfig({ file, text: printConfig(pipelineSchema, loaded.config), root: pipelineSchema })
    expect(printed.ok && printed.config).toEqual(loaded.config)
  })

  test('names only variables that .env.example explains, with the same defaults', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8')
    const explained = new Map(
      [...example.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, variable, value]) => [variable, value]),
    )
    for (const { name: variable, default: fallback } of configVariables({ file, text, root: pipelineSchema })) {
      if (isMain || !OWN_DEFAULTS.includes(variable)) expect(explained.get(variable), variable).toBe(fallback)
      else expect(explained.has(variable), variable).toBe(true)
    }
  })
})
