/**
 * `skein replay` from file to durable log, whole commands against whole commands, in turn in one run: the plain Node script and,
 * where Python with orjson and h3 can be had, that. The rivals neither sync to disk nor survive anything.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scale } from '../benchmarks.ts'
import { millionEnvelopes, worldBodies } from './inputs.ts'
import { median, NODE, ROOT, SKEIN, timed } from './processes.ts'

const ROUNDS: Record<Scale, number> = { quick: 3, full: 7 }
const PYTHON = join(ROOT, '.cache/bench/python')

export async function measureReplay(scale: Scale): Promise<Record<string, number>> {
  const file = await millionEnvelopes()
  const python = pythonWithOrjson()
  const samples: { records: number; skein: number; node: number; orjson: number | null }[] = []
  for (let round = 0; round < ROUNDS[scale]; round++) {
    const skein = await replayOnce(file)
    const node = await rivalOnce(NODE, 'bench/rivals/plain-node.mjs', file)
    const orjson = python === null ? null : await rivalOnce(python, 'bench/rivals/python_orjson.py', file)
    samples.push({ ...skein, node, orjson })
  }
  const figures: Record<string, number> = {
    'replay.envelopes_per_second': median(samples.map(({ records, skein }) => records / skein)) / 1000,
    'replay.versus_node': median(samples.map(({ skein, node }) => node / skein)),
  }
  if (python !== null) figures['replay.versus_orjson'] = median(samples.map(({ skein, orjson }) => orjson! / skein))
  return figures
}

export async function measureWorld(scale: Scale): Promise<Record<string, number>> {
  const file = await worldBodies()
  const rates: number[] = []
  for (let round = 0; round < ROUNDS[scale]; round++) {
    const { records, skein } = await replayOnce(file)
    rates.push(records / skein)
  }
  return { 'world.records_per_second': median(rates) / 1000 }
}

async function replayOnce(file: string): Promise<{ records: number; skein: number }> {
  return inTemporary(async (directory) => {
    const { seconds, output } = await timed(SKEIN, ['replay', file, '--log', join(directory, 'log'), '--json'])
    return { records: JSON.parse(output).received, skein: seconds }
  })
}

async function rivalOnce(command: string, script: string, file: string): Promise<number> {
  return inTemporary(async (directory) => (await timed(command, [script, file, join(directory, 'out.jsonl')])).seconds)
}

async function inTemporary<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A Python with orjson and h3, in an environment of the benchmark's own; null where it cannot be had. */
function pythonWithOrjson(): string | null {
  const python = join(PYTHON, 'bin/python')
  try {
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', PYTHON], { stdio: 'ignore' })
    execFileSync(python, ['-c', 'import orjson, h3'], { stdio: 'ignore' })
  } catch {
    try {
      execFileSync(python, ['-m', 'pip', 'install', '-q', 'orjson==3.11.4', 'h3==4.3.1'], { stdio: 'ignore' })
    } catch {
      return null
    }
  }
  return python
}
