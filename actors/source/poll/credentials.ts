/**
 * What is known of each credential's limits, kept across restarts: the main thread's side of `LimiterTable`.
 *
 * Sources take from the limiters in shared memory; whatever changes there is in a file soon after. A start goes on from the file:
 * what may have been sent after it was written counts as sent.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno, replaceFile } from '../../../engine/log/disk.ts'
import { type LimiterOptions, LimiterTable, type RateLimiter } from '../limit/index.ts'

export const MOST_CREDENTIALS = 1024
const SAVE_EVERY_MS = 1000

/** Where a source finds the limiter of its credential. */
export interface LimiterPlace extends LimiterOptions {
  /** Of the credential and its rules, the same on all nodes. */
  readonly name: string
  readonly memory: SharedArrayBuffer
  readonly slot: number
}

interface Credential {
  readonly place: LimiterPlace
  readonly limiter: RateLimiter
  savedVersion: number
}

export class Credentials {
  readonly #table = LimiterTable.create(MOST_CREDENTIALS)
  readonly #file: string
  readonly #startedMs: number
  /** By name and rules: with other rules it is another limiter. */
  readonly #known = new Map<string, Credential>()
  /** By key, base64; null when there is a file that says nothing. */
  readonly #saved: Readonly<Record<string, string>> | null
  #timer: NodeJS.Timeout | undefined

  /** `startedMs`: when this process began, by when whoever wrote the file had ended. */
  constructor(file: string, startedMs: number) {
    this.#file = file
    this.#startedMs = startedMs
    this.#saved = readStates(file)
  }

  /** The limiter of the credential `name`; everybody who gives the same rules has the same. */
  place(name: string, options: LimiterOptions): LimiterPlace {
    const key = `${name} ${JSON.stringify(options.rules)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known.place
    const place = { ...options, name: hashOf(key), memory: this.#table.memory, slot: this.#known.size }
    const limiter = this.#table.limiter(place.slot, options)
    const saved = this.#saved?.[key]
    if (saved !== undefined) limiter.restore(Buffer.from(saved, 'base64'), Date.now(), this.#startedMs)
    else if (this.#saved === null) limiter.restore(null, Date.now(), this.#startedMs)
    // One that the file does not name has not been used before.
    this.#known.set(key, { place, limiter, savedVersion: Number.NaN })
    return place
  }

  /** From now on whatever changes is written to the file; `onProblem` hears when it cannot be. */
  startSaving(onProblem: (problem: string | null) => void): void {
    const save = () => {
      if (this.#known.values().every(({ limiter, savedVersion }) => limiter.version === savedVersion)) return
      onProblem(this.#save(false))
    }
    save()
    this.#timer = setInterval(save, SAVE_EVERY_MS).unref()
  }

  /** Nothing is sent after this: the next start owes nothing to what may have been. */
  finish(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#save(true)
  }

  #save(isFinal: boolean): string | null {
    if (this.#known.size === 0) return null
    const nowMs = Date.now()
    const states: Record<string, string> = { ...this.#saved }
    for (const [key, credential] of this.#known) {
      credential.savedVersion = credential.limiter.version
      states[key] = Buffer.from(credential.limiter.save(nowMs, isFinal)).toString('base64')
    }
    try {
      mkdirSync(dirname(this.#file), { recursive: true })
      replaceFile(this.#file, Buffer.from(JSON.stringify(states, null, 2)))
      return null
    } catch (error) {
      return `what is known of the providers' limits cannot be kept: ${(error as Error).message}`
    }
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Of a file that is damaged nothing is known: whatever its credentials allowed at once may have been sent. */
function readStates(file: string): Record<string, string> | null {
  try {
    const states: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const isRecord = typeof states === 'object' && states !== null && !Array.isArray(states)
    return isRecord && Object.values(states).every((state) => typeof state === 'string') ? { ...states } : null
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return {}
    if (error instanceof SyntaxError) return null
    throw error
  }
}
