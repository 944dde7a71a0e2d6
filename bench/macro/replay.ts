/**
 * `skein replay` from file to durable log against what one would write first: the plain Node script and, where Python with orjson
 * and h3 can be had, that; all in turn in one run. The rivals neither sync to disk nor survive anything.
 *
 * Times are those of whole commands, less what the same command takes for a single record: what is compared is records, not start-up.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scale } from '../benchmarks.ts'
import { firstLineOf, millionEnvelopes, worldBodies } from './inputs.ts'
import { median, NODE, SKEIN, timed } from './processes.ts'
import { pythonWith } from './python.ts'

const ROUNDS: Record<Scale, number> = { quick: 3, full: 7 }

export async function measureReplay(scale: Scale): Promise<Record<string, number>> {
  const file = await millionEnvelopes()
  const python = pythonWith('orjson, h3', ['orjson==3.11.4', 'h3==4.3.1'])
  const skein: number[] = []
  const versusNode: number[] = []
  const versusOrjson: number[] = []
  for (let round = 0; round < ROUNDS[scale]; round++) {
    const ours = await secondsPerRecord(file, skeinReplay)
    skein.push(ours)
    versusNode.push((await secondsPerRecord(file, rival(NODE, 'bench/rivals/plain-node.mjs'))) / ours)
    if (python === null) continue
    versusOrjson.push((await secondsPerRecord(file, rival(python, 'bench/rivals/python_orjson.py'))) / ours)
  }
  const figures: Record<string, number> = {
    'replay.envelopes_per_second': 1 / median(skein) / 1000,
    'replay.versus_node': median(versusNode),
  }
  if (python !== null) figures['replay.versus_orjson'] = median(versusOrjson)
  return figures
}

export async function measureWorld(scale: Scale): Promise<Record<string, number>> {
  const file = await worldBodies()
  const seconds: number[] = []
  for (let round = 0; round < ROUNDS[scale]; round++) seconds.push(await secondsPerRecord(file, skeinReplay))
  return { 'world.records_per_second': 1 / median(seconds) / 1000 }
}

/** Runs one contender over a file; gives the ledger's `received` and the seconds of the whole command. */
type Contender = (file: string) => Promise<{ received: number; seconds: number }>

async function secondsPerRecord(file: string, contender: Contender): Promise<number> {
  const single = await contender(await firstLineOf(file))
  const all = await contender(file)
  return (all.seconds - single.seconds) / (all.received - single.received)
}

const skeinReplay: Contender = (file) =>
  inTemporary(async (directory) => {
    const { seconds, output } = await timed(SKEIN, ['replay', file, '--log', join(directory, 'log'), '--json'])
    return { seconds, received: JSON.parse(output).received }
  })

const rival =
  (command: string, script: string): Contender =>
  (file) =>
    inTemporary(async (directory) => {
      const { seconds, output } = await timed(command, [script, file, join(directory, 'out.jsonl')])
      return { seconds, received: JSON.parse(output).received }
    })

async function inTemporary<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
