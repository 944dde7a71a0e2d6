/** One request and its answer: the body as it comes, bounded, and one answer, or none when the sender has gone. */
import type { HttpResponse } from 'uWebSockets.js'
import type { PushCounters } from './push-counters.ts'
import { countRefusal } from './push-counters.ts'
import { type Problem, REFUSALS } from './refusals.ts'

const OK = '200 OK'
const HEADERS: readonly (readonly [string, string])[] = [
  ['Content-Type', 'application/json'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Cache-Control', 'no-store'],
]

export class Exchange {
  readonly beganMs = performance.now()
  readonly #response: HttpResponse
  readonly #counters: PushCounters
  readonly #onEnd: (exchange: Exchange) => void
  #chunks: Buffer[] = []
  #length = 0
  #isOver = false
  /** Whether all of the request is here. */
  isWhole = false

  constructor(response: HttpResponse, counters: PushCounters, onEnd: (exchange: Exchange) => void) {
    this.#response = response
    this.#counters = counters
    this.#onEnd = onEnd
    response.onAborted(() => {
      if (this.#isOver) return
      counters.aborted.add(1)
      this.#end()
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Gives the body when it is whole. It is valid in `onBody` alone. */
  readBody(maxBytes: number, onBody: (body: Uint8Array) => void): void {
    this.#response.onData((chunk, isLast) => {
      if (this.#isOver) return
      this.#length += chunk.byteLength
      this.isWhole = isLast
      if (this.#length > maxBytes) {
        this.refuse({ refusal: 'too_large', message: `more than ${maxBytes} bytes` })
        return
      }
      if (isLast && this.#chunks.length === 0) {
        onBody(new Uint8Array(chunk))
        return
      }
      this.#chunks.push(Buffer.from(new Uint8Array(chunk))) // the memory is µWebSockets.js's
      if (!isLast) return
      const body = Buffer.concat(this.#chunks)
      this.#chunks = []
      onBody(body)
    })
  }

  answer(body: unknown, status: string = OK): void {
    this.#send(status, [], body, false)
  }

  /** What still comes of the body is dropped; when it comes too slowly, the connection is closed. */
  refuse({ refusal, message, field, retryAfterSeconds, allow }: Problem): void {
    if (this.#isOver) return
    countRefusal(this.#counters, refusal)
    const headers: [string, string][] = []
    if (retryAfterSeconds !== undefined) headers.push(['Retry-After', String(retryAfterSeconds)])
    if (allow !== undefined) headers.push(['Allow', allow])
    if (refusal === 'unauthorized') headers.push(['WWW-Authenticate', 'Bearer'])
    this.#send(
      REFUSALS[refusal],
      headers,
      { error: refusal, message, ...(field !== undefined && { field }) },
      refusal === 'too_slow',
    )
  }

  #send(status: string, headers: readonly [string, string][], body: unknown, closes: boolean): void {
    if (this.#isOver) return
    const response = this.#response
    response.cork(() => {
      response.writeStatus(status)
      for (const [name, value] of HEADERS) response.writeHeader(name, value)
      for (const [name, value] of headers) response.writeHeader(name, value)
      response.end(JSON.stringify(body), closes)
    })
    this.#end()
  }

  #end(): void {
    this.#isOver = true
    this.#chunks = []
    this.#onEnd(this)
  }
}
