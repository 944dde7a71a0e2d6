/**
 * The HTTP interface of a push source: one µWebSockets.js app.
 *
 * What may be wrong with a request is looked at before its body is read, from the cheapest on; a body is bounded in size and time.
 */

import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js'
import { hash, timingSafeEqual } from 'node:crypto'
import { SkeinError } from '../../../engine/errors.ts'
import { guardUws, type UwsGuard } from '../../../engine/ops/uws-guard.ts'
import { InboundRate } from '../../inbound-rate.ts'
import { App, listenAlone, us_listen_socket_close, us_socket_local_port } from '../../uws.ts'
import type { EventIntake, Taken } from './event-intake.ts'
import { Exchange } from './exchange.ts'
import type { Fetches, Job } from './fetches.ts'
import { openApi } from './openapi.ts'
import { type PushCounters, refusedBy } from './push-counters.ts'
import type { Problem } from './refusals.ts'
import type { PushSettings } from './spec.ts'

export interface ServerParts {
  readonly settings: PushSettings
  readonly intake: EventIntake
  readonly fetches: Fetches
  readonly counters: PushCounters
  readonly signal: AbortSignal
}

const ACCEPTED = '202 Accepted'
const BUSY: Problem = { refusal: 'busy', message: 'it cannot keep up: come again', retryAfterSeconds: 1 }
const STOPPING: Problem = { refusal: 'busy', message: 'it stops: come again', retryAfterSeconds: 5 }
const SWEEP_MS = 250
const MOST_ADDRESSES = 10_000
const LINE_FEED = 0x0a
const JSON_TYPE = /^application\/(?:[\w.+-]*\+)?json\b/i
const LINES_TYPE = /^application\/(?:x-ndjson|x-json-stream|jsonl|json-lines|json)\b|^text\/plain\b/i

interface Reading {
  readonly type: RegExp
  readonly maxBytes: number
}

export class PushServer {
  readonly #parts: ServerParts
  readonly #app: TemplatedApp = App()
  readonly #guard: UwsGuard = guardUws(this.#app)
  readonly #token: Buffer | null
  readonly #open = new Set<Exchange>()
  readonly #rates = new Map<string, InboundRate>()
  readonly #sweeping: NodeJS.Timeout
  #listening: us_listen_socket | null = null
  #lastError: string | null = null

  constructor(parts: ServerParts) {
    this.#parts = parts
    const { token } = parts.settings
    this.#token = token === undefined ? null : digestOf(token.reveal())
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#route()
  }

  /** Resolves with the URL. Throws `SKEIN_SOURCE_PORT`. */
  async listen(): Promise<string> {
    const { host, port } = this.#parts.settings
    const listening = await listenAlone(this.#app, host, port)
    if (listening === false) throw new SkeinError('SKEIN_SOURCE_PORT', { host, port })
    this.#listening = listening
    return `http://${host.includes(':') ? `[${host}]` : host}:${us_socket_local_port(listening)}`
  }

  /** No new connection, and no new request on those that there are. */
  stopListening(): void {
    if (this.#listening !== null) us_listen_socket_close(this.#listening)
    this.#listening = null
  }

  async close(): Promise<void> {
    this.stopListening()
    clearInterval(this.#sweeping)
    for (const exchange of this.#open) exchange.refuse(STOPPING)
    await this.#guard.close()
  }

  #route(): void {
    const { maxPayload, maxBatch } = this.#parts.settings
    const one = { type: JSON_TYPE, maxBytes: maxPayload }
    const app = this.#app
    app.post('/ingest', (response, request) => this.#read(response, request, one, (...all) => this.#ingest(...all)))
    app.post('/ingest/batch', (response, request) =>
      this.#read(response, request, { type: LINES_TYPE, maxBytes: maxBatch }, (...all) => this.#ingestLines(...all)),
    )
    app.post('/ingest/:source/poll', (response, request) =>
      this.#onService(response, request, (...all) => this.#startJob(...all)),
    )
    app.post('/ingest/:source', (response, request) =>
      this.#onService(response, request, (...all) => this.#fetch(...all)),
    )
    app.get('/jobs', (response, request) => this.#begin(response, request)?.answer({ jobs: this.#parts.fetches.jobs }))
    app.get('/jobs/:id', (response, request) => this.#onJob(response, request, (exchange, job) => exchange.answer(job)))
    app.del('/jobs/:id', (response, request) =>
      this.#onJob(response, request, (exchange, job) => {
        this.#parts.fetches.cancel(job.id)
        exchange.answer(job)
      }),
    )
    app.get('/health', (response) => this.#newExchange(response).answer(this.#health()))
    app.get('/openapi.json', (response) => this.#newExchange(response).answer(openApi(this.#parts.fetches.names)))
    for (const [path, allow] of [
      ['/ingest', 'POST'],
      ['/ingest/batch', 'POST'],
      ['/ingest/:source', 'POST'],
      ['/ingest/:source/poll', 'POST'],
      ['/jobs', 'GET'],
      ['/jobs/:id', 'GET, DELETE'],
      ['/health', 'GET'],
      ['/openapi.json', 'GET'],
    ] as const)
      app.any(path, (response) =>
        this.#refuse(this.#newExchange(response), { refusal: 'bad_method', message: `there is ${allow}`, allow }),
      )
    app.any('/*', (response) =>
      this.#refuse(this.#newExchange(response), { refusal: 'not_found', message: 'see /openapi.json' }),
    )
  }

  #newExchange(response: HttpResponse): Exchange {
    const { counters } = this.#parts
    counters.requests.add(1)
    const exchange = new Exchange(response, counters, (ended) => {
      this.#open.delete(ended)
      counters.in_flight.set(this.#open.size)
    })
    this.#open.add(exchange)
    counters.in_flight.set(this.#open.size)
    return exchange
  }

  /** Null when it is refused already. */
  #begin(response: HttpResponse, request: HttpRequest): Exchange | null {
    const { settings, signal } = this.#parts
    const authorization = this.#token === null ? '' : request.getHeader('authorization')
    const exchange = this.#newExchange(response)
    let problem: Problem | null = null
    if (signal.aborted) problem = STOPPING
    else if (this.#token !== null && !this.#isAuthorized(authorization))
      problem = { refusal: 'unauthorized', message: 'send Authorization: Bearer and the token' }
    else if (settings.rate > 0 && !this.#rateOf(response).take(Date.now()))
      problem = { refusal: 'limited', message: `at most ${settings.rate} requests a second`, retryAfterSeconds: 1 }
    else if (this.#open.size > settings.maxInFlight) problem = BUSY
    if (problem === null) return exchange
    this.#refuse(exchange, problem)
    return null
  }

  #read(
    response: HttpResponse,
    request: HttpRequest,
    { type, maxBytes }: Reading,
    onBody: (exchange: Exchange, body: Uint8Array, isInMemory: boolean) => void,
  ): void {
    const contentType = request.getHeader('content-type')
    const length = Number(request.getHeader('content-length'))
    const ack = request.getQuery('ack') ?? ''
    const exchange = this.#begin(response, request)
    if (exchange === null) return
    if (contentType !== '' && !type.test(contentType))
      this.#refuse(exchange, { refusal: 'bad_type', message: `${contentType} is not taken; send JSON` })
    else if (ack !== '' && ack !== 'memory' && ack !== 'durable')
      this.#refuse(exchange, { refusal: 'bad_request', message: 'must be durable or memory', field: 'ack' })
    else if (length > maxBytes) this.#refuse(exchange, { refusal: 'too_large', message: `more than ${maxBytes} bytes` })
    else exchange.readBody(maxBytes, (body) => onBody(exchange, body, ack === 'memory'))
  }

  #ingest(exchange: Exchange, body: Uint8Array, isInMemory: boolean): void {
    this.#answerTaken(exchange, this.#parts.intake.take(body, null, !isInMemory), isInMemory)
  }

  #answerTaken(exchange: Exchange, taken: Taken, isInMemory: boolean): void {
    if (taken.fault !== null) this.#refuse(exchange, problemOf(taken))
    else {
      const { id, isRepeated, committed } = taken
      const answer = { id, status: isRepeated ? 'repeated' : 'accepted' }
      if (isInMemory || committed === null) exchange.answer(answer, ACCEPTED)
      else
        void committed.then(
          () => exchange.answer(answer, ACCEPTED),
          () => this.#refuse(exchange, STOPPING),
        )
    }
  }

  #ingestLines(exchange: Exchange, body: Uint8Array, isInMemory: boolean): void {
    const taken: { line: number; taken: Taken }[] = []
    let line = 1
    for (let at = 0; at < body.length; line++) {
      const feed = body.indexOf(LINE_FEED, at)
      const end = feed < 0 ? body.length : feed
      const text = body.subarray(at, end)
      at = end + 1
      if (!isBlank(text)) taken.push({ line, taken: this.#takeLine(text, !isInMemory) })
    }
    const answer = () => {
      const results = taken.map(({ line, taken }) => ({ line, ...resultOf(taken) }))
      const refused = results.filter((one) => 'error' in one)
      const counts = { accepted: results.length - refused.length, refused: refused.length }
      if (counts.refused > 0) this.#lastError = `a batch: ${JSON.stringify(refused[0])}`
      const isNothing = counts.accepted === 0 && counts.refused > 0
      exchange.answer({ ...counts, results }, isNothing ? '400 Bad Request' : ACCEPTED)
    }
    const commits = taken.flatMap(({ taken }) =>
      taken.fault === null && taken.committed !== null ? [taken.committed] : [],
    )
    if (isInMemory || commits.length === 0) answer()
    else void Promise.all(new Set(commits)).then(answer, () => this.#refuse(exchange, STOPPING))
  }

  #takeLine(text: Uint8Array, isAwaited: boolean): Taken {
    const { maxPayload } = this.#parts.settings
    if (text.length <= maxPayload) return this.#parts.intake.take(text, null, isAwaited)
    return { fault: { isForbidden: false, message: `more than ${maxPayload} bytes` }, id: '' }
  }

  /** For a request about a service that may be asked. */
  #onService(
    response: HttpResponse,
    request: HttpRequest,
    then: (exchange: Exchange, source: string, params: URLSearchParams) => void,
  ): void {
    const source = decoded(request.getParameter(0) ?? '')
    const params = new URLSearchParams(request.getQuery())
    const exchange = this.#begin(response, request)
    if (exchange === null) return
    const { fetches } = this.#parts
    if (!fetches.has(source)) {
      const known = fetches.names.length === 0 ? 'there is none' : `there is ${fetches.names.join(', ')}`
      this.#refuse(exchange, { refusal: 'not_found', message: `nothing to fetch is called "${source}"; ${known}` })
    } else exchange.readBody(0, () => then(exchange, source, params))
  }

  #fetch(exchange: Exchange, source: string, params: URLSearchParams): void {
    void this.#fetchEvent(source, Object.fromEntries(params)).then(
      (taken) => {
        if ('refusal' in taken) this.#refuse(exchange, taken)
        else this.#answerTaken(exchange, taken, params.get('ack') === 'memory')
      },
      (error: Error) => this.#refuse(exchange, { refusal: 'upstream', message: error.message }),
    )
  }

  async #fetchEvent(source: string, params: Readonly<Record<string, string>>): Promise<Taken | Problem> {
    const { fetches, intake, counters } = this.#parts
    counters.fetches.add(1)
    const fetched = await fetches.fetch(source, params)
    if ('problem' in fetched) return fetched.problem
    return intake.take(Buffer.concat([Buffer.from('{"payload":'), fetched.payload, Buffer.from('}')]), source, true)
  }

  #startJob(exchange: Exchange, source: string, params: URLSearchParams): void {
    const { interval_sec = '', duration_sec = '', ...rest } = Object.fromEntries(params)
    const { fetches, counters } = this.#parts
    const job = fetches.startJob(source, interval_sec, duration_sec, async () => {
      const taken = await this.#fetchEvent(source, rest)
      const problem = 'refusal' in taken ? taken : taken.fault === null ? null : problemOf(taken)
      counters.jobs.set(fetches.jobs.length)
      if (problem === null) return
      this.#lastError = `${source}: ${problem.message}`
      throw new Error(problem.message)
    })
    counters.jobs.set(fetches.jobs.length)
    if ('refusal' in job) this.#refuse(exchange, job)
    else exchange.answer(job, ACCEPTED)
  }

  #onJob(response: HttpResponse, request: HttpRequest, then: (exchange: Exchange, job: Job) => void): void {
    const id = decoded(request.getParameter(0) ?? '')
    const exchange = this.#begin(response, request)
    if (exchange === null) return
    const job = this.#parts.fetches.job(id)
    if (job === null) this.#refuse(exchange, { refusal: 'not_found', message: 'there is no such job, or it is over' })
    else then(exchange, job)
  }

  #health() {
    const { counters, fetches, signal } = this.#parts
    const { requests, accepted, repeated, aborted, bytes, fetches: fetched } = counters
    return {
      status: signal.aborted ? 'stopping' : 'ok',
      requests: requests.value,
      accepted: accepted.value,
      repeated: repeated.value,
      refused: refusedBy(counters),
      aborted: aborted.value,
      bytes: bytes.value,
      fetches: fetched.value,
      in_flight: this.#open.size,
      jobs: fetches.jobs.length,
      last_error: this.#lastError,
    }
  }

  #refuse(exchange: Exchange, problem: Problem): void {
    const { message, field } = problem
    this.#lastError = `${problem.refusal}: ${field === undefined ? '' : `${field} `}${message}`
    exchange.refuse(problem)
  }

  #isAuthorized(header: string): boolean {
    const [, token] = /^Bearer (.+)$/i.exec(header) ?? []
    return token !== undefined && timingSafeEqual(digestOf(token), this.#token!)
  }

  #rateOf(response: HttpResponse): InboundRate {
    const address = Buffer.from(response.getRemoteAddressAsText()).toString()
    const known = this.#rates.get(address)
    if (known !== undefined) return known
    if (this.#rates.size >= MOST_ADDRESSES) this.#rates.delete(this.#rates.keys().next().value!)
    const { rate } = this.#parts.settings
    const made = new InboundRate(rate, Math.max(1, rate), Date.now())
    this.#rates.set(address, made)
    return made
  }

  /** Bodies that take too long to come. */
  #sweep(): void {
    const { bodyTimeout } = this.#parts.settings
    const before = performance.now() - bodyTimeout
    for (const exchange of this.#open) {
      if (exchange.isWhole) continue
      if (exchange.beganMs > before) return // those that came later are younger
      this.#refuse(exchange, { refusal: 'too_slow', message: `the body did not come within ${bodyTimeout} ms` })
    }
  }
}

function problemOf({ fault, id }: Exclude<Taken, { fault: null }>): Problem {
  if (fault === 'busy') return BUSY
  if (fault === 'conflict')
    return { refusal: 'conflict', message: `another event has the id "${id}" already`, field: 'id' }
  const { isForbidden, ...problem } = fault
  return { refusal: isForbidden ? 'not_accepted' : 'bad_request', ...problem }
}

function resultOf(taken: Taken) {
  if (taken.fault === null) return { id: taken.id, status: taken.isRepeated ? 'repeated' : 'accepted' }
  const { refusal, message, field } = problemOf(taken)
  return { error: refusal, message, ...(field !== undefined && { field }) }
}

const isBlank = (text: Uint8Array): boolean => text.length === 0 || (text.length === 1 && text[0] === 0x0d)

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
