/**
 * The log of the main thread: pino on standard error, for people on a terminal and as JSON lines elsewhere.
 *
 * Lines are written before the call returns, in the same form as a worker's (`worker-log.ts`), so that the last line
 * before an exit is there. Only the main thread loads this: workers import `worker-log.ts`.
 */
import { isatty } from 'node:tty'
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { type Log, type LogDetails, type LogLevel, plainDetails, repeatKeyOf, type Severity } from './log.ts'
import { PRETTY_OPTIONS } from './pretty.ts'
import type { Redact } from './redaction.ts'
import { type RepeatLimits, Repeats } from './repeats.ts'

const STANDARD_ERROR = 2

export interface LoggingOptions {
  level?: LogLevel
  redact?: Redact
  repeats?: RepeatLimits
  nowMs?: () => number
  /** Takes whole lines; standard error unless given. */
  write?: (line: string) => void
}

/** Gives each component of the main thread its log. */
export class Logging {
  readonly #options: LoggingOptions
  readonly #pino: Logger

  constructor(options: LoggingOptions = {}) {
    const { level = 'info', redact = (line) => line, nowMs = Date.now, write = writerTo(STANDARD_ERROR) } = options
    const stream: DestinationStream = { write: (line) => write(redact(line)) }
    this.#options = options
    this.#pino = pino(
      {
        level,
        base: null,
        timestamp: () => `,"time":${nowMs()}`,
        formatters: { level: (label) => ({ level: label }) },
        // `plainDetails` has made errors plain data already.
        serializers: { err: (error) => error },
      },
      stream,
    )
  }

  of(component: string): Log {
    return new MainLog(this.#pino.child({ component }), this.#options)
  }
}

class MainLog implements Log {
  readonly #pino: Logger
  readonly #repeats: Repeats
  readonly #nowMs: () => number

  constructor(logger: Logger, { repeats, nowMs = Date.now }: LoggingOptions) {
    this.#pino = logger
    this.#repeats = new Repeats(repeats)
    this.#nowMs = nowMs
  }

  debug(message: string, details: LogDetails = {}): void {
    this.#pino.debug(plainDetails(details), message)
  }

  info(message: string, details: LogDetails = {}): void {
    this.#pino.info(plainDetails(details), message)
  }

  warn(message: string, details: LogDetails = {}): void {
    this.#limited('warn', message, details)
  }

  error(message: string, details: LogDetails = {}): void {
    this.#limited('error', message, details)
  }

  #limited(level: Severity, message: string, details: LogDetails): void {
    const suppressed = this.#repeats.admit(repeatKeyOf(message, details), this.#nowMs())
    if (suppressed < 0) return
    this.#pino[level](suppressed > 0 ? { ...plainDetails(details), suppressed } : plainDetails(details), message)
  }
}

function writerTo(fd: number): (line: string) => void {
  const out = destination({ fd, sync: true })
  if (!isatty(fd)) return (line) => void out.write(line)
  const prettify = prettyFactory(PRETTY_OPTIONS)
  return (line) => void out.write(prettify(line))
}
