/** Runs recordings through the command line and through the oracle, and holds the log and the ledger against each other. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { type Entry, firstDifference, readEntries } from './entries.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
const MAX_OUTPUT_BYTES = 1 << 30

export interface Case {
  files: string[]
  /** An empty directory of its own. */
  log: string
  lanes?: number
  format?: string
  /** What `--set` is given, and the oracle's options for the same. */
  set?: string[]
  oracleOptions?: string[]
}

interface Told {
  entries: Entry[]
  ledger: Record<string, unknown>
}

export async function hasPython(): Promise<boolean> {
  return run('python3', ['--version']).then(
    () => true,
    () => false,
  )
}

async function askOracle({ files, format = 'auto', oracleOptions = [] }: Case): Promise<Told> {
  const script = join(import.meta.dirname, 'oracle.py')
  const arguments_ = [script, '--format', format, ...oracleOptions, ...files]
  const { stdout } = await run('python3', arguments_, { maxBuffer: MAX_OUTPUT_BYTES })
  return JSON.parse(stdout)
}

async function askEngine({ files, log, lanes = 1, format = 'auto', set = [] }: Case): Promise<Told> {
  const options = [
    '--log',
    log,
    '--lanes',
    String(lanes),
    '--format',
    format,
    '--json',
    ...set.flatMap((s) => ['--set', s]),
  ]
  const { stdout } = await run(join(ROOT, 'skein'), ['replay', ...files, ...options], { maxBuffer: MAX_OUTPUT_BYTES })
  return { entries: readEntries(log), ledger: JSON.parse(stdout.trim().split('\n').at(-1)!) }
}

/** The engine's log must be what the oracle says, record by record. Returns what that is. */
export async function expectOracleAgrees(given: Case): Promise<Told> {
  const [expected, actual] = await Promise.all([askOracle(given), askEngine(given)])
  expect(firstDifference(actual.entries, expected.entries)).toBeNull()
  expect(actual.ledger).toEqual(expected.ledger)
  return expected
}
