/** Child processes of a benchmark: run to the end and time, or start and watch. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const NODE = join(ROOT, 'scripts/node')
export const SKEIN = join(ROOT, 'skein')

export interface Timed {
  seconds: number
  output: string
}

/** Runs a command to its end; rejects when it fails. The time is that of the whole command, start-up included. */
export function timed(command: string, args: string[]): Promise<Timed> {
  const startedMs = performance.now()
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (errors += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve({ seconds: (performance.now() - startedMs) / 1000, output })
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors}`))
    })
  })
}

export function start(command: string, args: string[], env: Record<string, string>): ChildProcess {
  return spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
}

export function stopped(child: ChildProcess): Promise<void> {
  const over = new Promise<void>((resolve) => child.on('close', () => resolve()))
  child.kill('SIGTERM')
  return over
}

/** Resident memory of a process in megabytes. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1000
}

/** Processor time that a process has used so far, in seconds. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const TICKS_PER_SECOND = 100
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
