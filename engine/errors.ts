/**
 * Every error Skein can raise, and the class that carries one.
 *
 * Guarantees: a code is stable and never reused; the message is always `what happened: key=value, key=value`; details are
 * plain data, so an error survives a worker message (`toPlain` / `fromPlain`) and JSON. `docs/errors.md` lists the same
 * rows, held to this registry by a test. Costs an allocation and a stack trace: hot paths return a status instead.
 *
 * Adding a code is adding a row here, then: `scripts/node node_modules/vitest/vitest.mjs run -u test/engine/errors.test.ts`.
 */
export type ErrorEntry = {
  /** What happened, as the start of the message: no capital, no full stop. */
  readonly what: string
  /** What the reader can do about it. */
  readonly next: string
  /** Whether the same operation may succeed later without anybody changing anything. */
  readonly retryable: boolean
  /** The process's exit code when this error ends it; 1 unless stated. */
  readonly exitCode?: number
}

export const errorRegistry = {
  SKEIN_CONFIG_INVALID: {
    what: 'the configuration is not valid',
    next: 'Correct every place listed; `skein check CONFIG` lists them without starting anything.',
    retryable: false,
    exitCode: 78,
  },
  SKEIN_CONFIG_SPEC: {
    what: 'a component spec cannot be used',
    next: 'A mistake in the program, not in a configuration: correct the component that is named.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_RING_CAPACITY: {
    what: 'the ring capacity cannot be used',
    next: 'Take a power of two, at most 2^30 bytes and at least 8 times the largest frame.',
    retryable: false,
  },
  SKEIN_RING_FRAME_TOO_LARGE: {
    what: 'a frame is longer than its ring can hold',
    next: 'Raise the ring capacity of that edge, or lower the largest record its source may yield.',
    retryable: false,
  },
  SKEIN_RING_MEMORY: {
    what: 'the shared memory holds no ring of this version',
    next: 'A mistake in the program: attach to memory that `Ring.create` made.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_RING_READER: {
    what: 'a ring has no such reader',
    next: 'A ring takes eight readers, 0 to 7; give fewer consumers to that edge.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_LOG_LOCKED: {
    what: 'another process is writing this log directory',
    next: 'Stop the process named, or give this one a log directory of its own.',
    retryable: false,
    exitCode: 73,
  },
  SKEIN_LOG_DAMAGED: {
    what: 'the log is damaged',
    next: 'Nothing past the place named is served. `skein log verify` shows the extent; restore the file from a copy.',
    retryable: false,
    exitCode: 65,
  },
  SKEIN_LOG_NEWER_FORMAT: {
    what: 'the log was written by a newer version',
    next: 'Use that version or a later one; the directory was left as it was.',
    retryable: false,
    exitCode: 65,
  },
  SKEIN_LOG_GONE: {
    what: 'that part of the log has been deleted',
    next: 'Retention has removed it: start from the oldest position, which is named, or from the newest snapshot.',
    retryable: false,
    exitCode: 66,
  },
  SKEIN_LOG_OFFSET: {
    what: 'no batch of this log begins at the offset',
    next: 'The offset is of another log, or this one was restored from an older copy: forget the offset and start anew.',
    retryable: false,
    exitCode: 65,
  },
  SKEIN_LOG_BARRIER: {
    what: 'a batch does not follow the last barrier of the log',
    next: 'A mistake in the program: nothing was written. The processing group goes on from the last barrier on disk.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_LOG_STALE_WRITER: {
    what: 'the log has gone on without this writer',
    next: 'Nothing was written: open the log again, which reads its last barrier.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_LOG_DISK: {
    what: 'the log cannot be written',
    next: 'Free space or correct the permissions: the engine goes on by itself when it can write again.',
    retryable: true,
    exitCode: 74,
  },
  SKEIN_RUNTIME_UNEXPECTED: {
    what: 'an unexpected error',
    next: 'A defect in Skein or in a component: report it with the stack trace.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_RUNTIME_ESCALATED: {
    what: 'an actor failed more often than its restarts allow',
    next: 'The cause is in the details; correct it and start again, which resumes from the last commit.',
    retryable: false,
    exitCode: 70,
  },
  SKEIN_RUNTIME_RELOAD: {
    what: 'only sources can change while the engine runs',
    next: 'The running configuration stays. Restart to take over the named parts; sources alone can be reloaded.',
    retryable: false,
  },
  SKEIN_RUNTIME_DRAIN_TIMEOUT: {
    what: 'the drain did not end in time',
    next: 'What was committed is safe. Raise the drain timeout, or see why the actors named were busy.',
    retryable: false,
    exitCode: 75,
  },
  SKEIN_SOURCE_UNAUTHORIZED: {
    what: 'a provider does not know who asks',
    next: 'Set what is named to what the provider gave you, then restart, or reload. It asks for nothing until then.',
    retryable: false,
    exitCode: 77,
  },
  SKEIN_SOURCE_UNKNOWN: {
    what: 'there is no such polled source',
    next: 'Name one of those that are listed, or a file that holds one.',
    retryable: false,
    exitCode: 64,
  },
  SKEIN_SOURCE_ANSWER: {
    what: 'the provider does not answer as it should',
    next: 'See what it says; the address that was asked stands above.',
    retryable: true,
    exitCode: 69,
  },
  SKEIN_SOURCE_STOPPED: {
    what: 'a source does not fetch any more',
    next: 'It is parked, or the engine has stopped: see its log, then reload or start again.',
    retryable: false,
  },
  SKEIN_FETCH_FAILED: {
    what: 'a fetch came to nothing',
    next: 'The class says how it failed, and whether to ask again: see the table in the guide on polling.',
    retryable: true,
  },
  SKEIN_FETCH_PARAMETER: {
    what: 'a request cannot be made with these parameters',
    next: 'Give those that the address of the source has places for, and no others.',
    retryable: false,
  },
  SKEIN_FETCH_QUEUE: {
    what: 'too many requests wait for their turn',
    next: 'Ask for less at a time, or wait for answers before asking for more.',
    retryable: true,
  },
  SKEIN_SOURCE_UNREADABLE: {
    what: 'a source cannot be read',
    next: 'See that the file or address named exists and may be read.',
    retryable: true,
    exitCode: 66,
  },
  SKEIN_SOURCE_LISTENS: {
    what: 'a source that listens cannot come while the engine runs, where there was none before',
    next: 'Restart the engine.',
    retryable: false,
    exitCode: 69,
  },
  SKEIN_SOURCE_PORT: {
    what: 'a source cannot listen on its port',
    next: 'Stop what uses the port, or give the source another.',
    retryable: true,
    exitCode: 69,
  },
  SKEIN_SOURCE_PLACE: {
    what: 'how far a source has been read does not fit what is there',
    next: 'Look what has become of the topic, such as that it was made anew. To read it from its beginning give the source another name.',
    retryable: false,
    exitCode: 65,
  },
  SKEIN_SINK_UNAVAILABLE: {
    what: 'a sink cannot be reached',
    next: 'Nothing is lost: the sink goes on from its offset when it can be reached again.',
    retryable: true,
  },
  SKEIN_SINK_OFFSET: {
    what: 'how far a sink has sent the log does not fit the log',
    next: 'Records may be missing there, or come twice: look what has become of it. To send all that the log still holds, delete the file that is named, and the offset in the sink.',
    retryable: false,
    exitCode: 65,
  },
  SKEIN_HUB_PORT: {
    what: 'the hub cannot listen on its port',
    next: 'Stop what uses the port, or set BACKEND_PORT to another.',
    retryable: false,
    exitCode: 69,
  },
  SKEIN_OPS_PORT: {
    what: 'the admin server cannot listen on its port',
    next: 'Stop what uses the port, or set ops.port to another.',
    retryable: false,
    exitCode: 69,
  },
  SKEIN_CLI_NO_LOG: {
    what: 'there is no log here',
    next: 'Name the directory of a log with --log, or start an engine that writes one.',
    retryable: false,
    exitCode: 66,
  },
  SKEIN_CLI_NO_HISTORY: {
    what: 'there is no history here',
    next: 'A pipeline with an `sqlite` sink writes it: name its log with --log, or its database with --file.',
    retryable: false,
    exitCode: 66,
  },
  SKEIN_CLI_TOPIC: {
    what: 'there is no such topic',
    next: '`skein topics` lists them.',
    retryable: false,
    exitCode: 64,
  },
  SKEIN_CLI_DEAD_LETTER: {
    what: 'there is no dead letter at that offset',
    next: '`skein dlq list` shows the offsets.',
    retryable: false,
    exitCode: 64,
  },
  SKEIN_CLI_USAGE: {
    what: 'the command line cannot be understood',
    next: 'Run the command with --help.',
    retryable: false,
    exitCode: 64,
  },
} as const satisfies Readonly<Record<`SKEIN_${string}`, ErrorEntry>>

export type ErrorCode = keyof typeof errorRegistry

export type PlainData = string | number | boolean | null | readonly PlainData[] | { readonly [key: string]: PlainData }
export type ErrorDetails = { readonly [key: string]: PlainData }

/** An error as plain data: what crosses a thread and what a log line holds. */
export type PlainError = {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly code?: string
  readonly details?: ErrorDetails
  readonly cause?: PlainError
}

export class SkeinError extends Error {
  override readonly name: string = 'SkeinError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly exitCode: number
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    const entry: ErrorEntry = errorRegistry[code]
    super(messageOf(entry.what, details), options)
    this.code = code
    this.retryable = entry.retryable
    this.exitCode = entry.exitCode ?? 1
    this.details = details
  }

  /** What the reader can do about it, from the registry. */
  get next(): string {
    return errorRegistry[this.code].next
  }

  toPlain(): PlainError {
    return plainError(this)
  }

  toJSON(): PlainError {
    return this.toPlain()
  }

  /** The error a worker sent, with its own code, details, causes and the stack of the thread that raised it. */
  static fromPlain(plain: PlainError): SkeinError {
    const revived = revive(plain)
    return revived instanceof SkeinError ? revived : SkeinError.from(revived)
  }

  /** Any thrown value as a SkeinError: itself, or `SKEIN_RUNTIME_UNEXPECTED` with the value as cause. */
  static from(thrown: unknown): SkeinError {
    if (thrown instanceof SkeinError) return thrown
    const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
    return new SkeinError('SKEIN_RUNTIME_UNEXPECTED', { reason }, { cause: thrown })
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorRegistry, code)
}

function messageOf(what: string, details: ErrorDetails): string {
  const pairs = Object.entries(details).map(([key, value]) => `${key}=${shown(value)}`)
  return pairs.length === 0 ? what : `${what}: ${pairs.join(', ')}`
}

function shown(value: PlainData): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Deeper causes are left out: a chain may be circular. */
const MAX_CAUSES = 8

function plainError(error: Error, depth = 0): PlainError {
  const plain = { name: error.name, message: error.message, stack: error.stack ?? '' }
  const coded = error instanceof SkeinError ? { ...plain, code: error.code, details: error.details } : plain
  if (!(error.cause instanceof Error) || depth === MAX_CAUSES) return coded
  return { ...coded, cause: plainError(error.cause, depth + 1) }
}

function revive(plain: PlainError): Error {
  const options = plain.cause === undefined ? undefined : { cause: revive(plain.cause) }
  const error = isErrorCode(plain.code)
    ? new SkeinError(plain.code, plain.details, options)
    : Object.assign(new Error(plain.message, options), { name: plain.name })
  error.stack = plain.stack
  return error
}
