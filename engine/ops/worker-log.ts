/**
 * The log of a worker thread: each line is written to standard error before the call returns.
 *
 * So a blocked actor, whose thread runs no event loop, is heard, and so is the last line before a crash. A worker starts
 * without a logging library (pino takes 20 ms to load, for every worker); on a terminal pino-pretty is loaded with the
 * first line. Not for the frame path: a line costs a system call.
 */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { inspect } from 'node:util'
import {
  LOG_LEVELS,
  type Log,
  type LogDetails,
  type LogLevel,
  plainDetails,
  repeatKeyOf,
  type Severity,
} from './log.ts'
import { PRETTY_OPTIONS } from './pretty.ts'
import type { Redact } from './redaction.ts'
import { type RepeatLimits, Repeats } from './repeats.ts'

const STANDARD_ERROR = 2

export interface WorkerLogOptions {
  redact?: Redact
  repeats?: RepeatLimits
  nowMs?: () => number
  /** Takes whole lines. */
  write?: (line: string) => void
}

export class WorkerLog implements Log {
  readonly #component: string
  readonly #lowest: number
  readonly #redact: Redact
  readonly #repeats: Repeats
  readonly #nowMs: () => number
  readonly #write: (line: string) => void

  constructor(component: string, level: LogLevel = 'info', options: WorkerLogOptions = {}) {
    this.#component = component
    this.#lowest = LOG_LEVELS.indexOf(level)
    this.#redact = options.redact ?? ((line) => line)
    this.#repeats = new Repeats(options.repeats)
    this.#nowMs = options.nowMs ?? Date.now
    this.#write = options.write ?? writeToStandardError
  }

  debug(message: string, details?: LogDetails): void {
    this.#log('debug', message, details)
  }

  info(message: string, details?: LogDetails): void {
    this.#log('info', message, details)
  }

  warn(message: string, details?: LogDetails): void {
    this.#log('warn', message, details)
  }

  error(message: string, details?: LogDetails): void {
    this.#log('error', message, details)
  }

  #log(level: Severity, message: string, details: LogDetails = {}): void {
    if (LOG_LEVELS.indexOf(level) < this.#lowest) return
    const time = this.#nowMs()
    const isLimited = level === 'error' || level === 'warn'
    const suppressed = isLimited ? this.#repeats.admit(repeatKeyOf(message, details), time) : 0
    if (suppressed < 0) return
    const line = {
      level,
      time,
      component: this.#component,
      ...plainDetails(details),
      ...(suppressed > 0 ? { suppressed } : {}),
      msg: message,
    }
    this.#write(this.#redact(`${stringify(line)}\n`))
  }
}

/** A line that cannot be JSON is logged all the same. */
function stringify(line: { level: string; time: number; component: string; msg: string }): string {
  try {
    return JSON.stringify(line)
  } catch {
    const { level, time, component, msg } = line
    return JSON.stringify({ level, time, component, details: inspect(line), msg })
  }
}

type Prettify = (line: string) => string
let prettify: Prettify | undefined

function writeToStandardError(line: string): void {
  writeWhole(isatty(STANDARD_ERROR) ? forPeople(line) : line)
}

function forPeople(line: string): string {
  prettify ??= createRequire(import.meta.url)('pino-pretty').prettyFactory(PRETTY_OPTIONS) as Prettify
  return prettify(line)
}

/** How long a reader of our standard error may hold us up, in milliseconds, before a line is given up. */
const PATIENCE_MS = 100
const never = new Int32Array(new SharedArrayBuffer(4))

/** Standard error may be a pipe that does not block and is full. */
function writeWhole(line: string): void {
  let rest = Buffer.from(line)
  for (let waitedMs = 0; rest.length > 0 && waitedMs < PATIENCE_MS; ) {
    try {
      rest = rest.subarray(writeSync(STANDARD_ERROR, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return // nobody is left to tell
      Atomics.wait(never, 0, 0, 1)
      waitedMs++
    }
  }
}
