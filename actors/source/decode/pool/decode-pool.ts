/**
 * Decodes large bodies on threads of their own, so that a source's thread goes on with the others meanwhile.
 *
 * The body goes there as a copy, which is moved, and its frames come back moved. A body over which its thread dies, or does not come to
 * an end in `TIMEOUT_MS`, costs that thread and nothing else; `decode` tells so, and who has the body makes a dead letter of it.
 *
 * Memory: nothing while unused; threads end after `IDLE_MS`.
 */
import { Piscina } from 'piscina'
import { type DecodeContext, type Format, PADDING_BYTES } from '../index.ts'
import type { Decoded, DecodeTask } from './decode-task.ts'

/**
 * From so many bytes on a body is large. A thread decodes 150 to 250 MB/s, so a megabyte keeps it from all else for 4 to 7 ms;
 * handing one over costs 1 or 2 ms, and the first time 0.2 s.
 */
export const LARGE_BODY_BYTES = 1 << 20
export const TIMEOUT_MS = 10_000
const IDLE_MS = 10_000
const MODULE = new URL('./decode-thread.js', import.meta.url).href

export class DecodePool {
  readonly #pool: Piscina<DecodeTask, Decoded>
  readonly #timeoutMs: number

  constructor({ threads = 1, module = MODULE, timeoutMs = TIMEOUT_MS } = {}) {
    this.#timeoutMs = timeoutMs
    this.#pool = new Piscina({
      filename: module,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
      atomics: 'disabled', // a thread that waits for the next body in a blocking call could not be seen to be idle
    })
  }

  /**
   * Null when the body cannot be decoded: a thread has died of it, or not come to an end, twice. (Once may be another's fault,
   * or that of a machine that is busy.) Throws when `signal` is aborted.
   */
  async decode(format: Format, body: Uint8Array, context: DecodeContext, signal: AbortSignal): Promise<Decoded | null> {
    return (await this.#try(format, body, context, signal)) ?? (await this.#try(format, body, context, signal))
  }

  async #try(format: Format, body: Uint8Array, context: DecodeContext, signal: AbortSignal): Promise<Decoded | null> {
    const bytes = new Uint8Array(body.length + PADDING_BYTES)
    bytes.set(body)
    const task = { format, bytes, length: body.length, context }
    const ending = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)])
    try {
      return await this.#pool.run(task, { transferList: [bytes.buffer], signal: ending })
    } catch {
      signal.throwIfAborted()
      return null
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
