/** What other services tell when they are asked: once, or again and again for a while. */
import { randomUUID } from 'node:crypto'
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { type Auth, Authorizer, Fetcher, HttpClient, shownUrl } from '../http/index.ts'
import { LimiterTable } from '../limit/index.ts'
import type { LimiterPlace } from '../poll/credentials.ts'
import { LimiterGate } from '../poll/limiter-gate.ts'
import { UrlTemplate } from '../poll/url-template.ts'
import type { Problem } from './refusals.ts'
import type { FetchedSettings } from './spec.ts'

export interface FetchPlan extends Pick<FetchedSettings, 'url' | 'params' | 'payload'> {
  /** Packed. */
  readonly auth: unknown
  readonly limiter: LimiterPlace
}

export interface Job {
  readonly id: string
  readonly source: string
  readonly interval_sec: number
  readonly duration_sec: number
  readonly started_at: string
  readonly ends_at: string
  fetched: number
  failed: number
  last_error: string | null
}

type Fetched = { readonly payload: Uint8Array } | { readonly problem: Problem }

const LIMITS = {
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  totalTimeoutMs: 20_000,
  maxBodyBytes: 16_000_000,
  maxRedirects: 5,
}
/** Longer than this nobody is kept waiting for a limit. */
const MOST_WAIT_MS = 1000
const MIN_INTERVAL_S = 0.1
const MAX_DURATION_S = 7 * 86_400

interface Service {
  readonly plan: FetchPlan
  readonly url: UrlTemplate
  readonly gate: LimiterGate
  readonly fetcher: Fetcher
}

export class Fetches {
  readonly #services: ReadonlyMap<string, Service>
  readonly #jobs = new Map<string, { job: Job; timer: NodeJS.Timeout; end: NodeJS.Timeout }>()
  readonly #client = new HttpClient()
  readonly #userAgent: string
  readonly #signal: AbortSignal
  readonly #maxJobs: number

  constructor(plans: Readonly<Record<string, FetchPlan>>, userAgent: string, maxJobs: number, signal: AbortSignal) {
    this.#userAgent = userAgent
    this.#maxJobs = maxJobs
    this.#signal = signal
    this.#services = new Map(
      Object.entries(plans).map(([name, plan]) => {
        const { memory, slot, name: _, ...limits } = plan.limiter
        const gate = new LimiterGate(new LimiterTable(memory).limiter(slot, limits), 1)
        const authorizer = new Authorizer(unpackSecrets(plan.auth) as Auth | undefined, this.#client)
        const options = { limits: LIMITS, attempts: 2, breaker: { failures: 5, pauseMs: 10_000 } }
        const fetcher = new Fetcher(this.#client, options, authorizer, { gate, onAttempt: () => {} })
        return [name, { plan, url: new UrlTemplate(plan.url), gate, fetcher }]
      }),
    )
  }

  get names(): string[] {
    return [...this.#services.keys()]
  }

  has(name: string): boolean {
    return this.#services.has(name)
  }

  async fetch(name: string, params: Readonly<Record<string, string>>): Promise<Fetched> {
    const { plan, url, gate, fetcher } = this.#services.get(name)!
    const values = { ...plan.params, ...params }
    const missing = [...url.names].find((one) => !(values[one] ?? ''))
    if (missing !== undefined)
      return { problem: { refusal: 'bad_request', message: 'must be given in the query', field: missing } }
    const waitMs = gate.waitMs(Date.now())
    if (waitMs > MOST_WAIT_MS)
      return {
        problem: {
          refusal: 'limited',
          message: `${name} allows no more now`,
          retryAfterSeconds: Math.ceil(waitMs / 1000),
        },
      }
    const address = url.fill(values)
    const headers = { 'user-agent': this.#userAgent, accept: 'application/json' }
    const answer = await fetcher.fetch({ url: address, headers }, this.#signal)
    if (answer.kind === 'ok') return this.#payloadOf(plan, answer.body, address)
    const detail = answer.kind === 'not-modified' ? 'nothing new' : answer.detail
    const message = `${shownUrl(address)}: ${detail}`
    if (answer.kind === 'refused' && answer.class === 'limited')
      return {
        problem: {
          refusal: 'limited',
          message,
          retryAfterSeconds: Math.max(1, Math.ceil(gate.waitMs(Date.now()) / 1000)),
        },
      }
    return { problem: { refusal: 'upstream', message } }
  }

  #payloadOf({ payload }: FetchPlan, body: Buffer, address: string): Fetched {
    try {
      const whole: unknown = JSON.parse(body.toString('utf8'))
      if (payload === '') return { payload: body }
      const part = payload
        .split('.')
        .reduce<unknown>((at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), whole)
      if (part !== undefined) return { payload: Buffer.from(JSON.stringify(part)) }
      return { problem: { refusal: 'upstream', message: `${shownUrl(address)}: there is no ${payload} in its answer` } }
    } catch {
      return { problem: { refusal: 'upstream', message: `${shownUrl(address)}: its answer is not JSON` } }
    }
  }

  get jobs(): Job[] {
    return Array.from(this.#jobs.values(), ({ job }) => job)
  }

  job(id: string): Job | null {
    return this.#jobs.get(id)?.job ?? null
  }

  /** `perform` rejects with what went wrong. */
  startJob(source: string, intervalText: string, durationText: string, perform: () => Promise<void>): Job | Problem {
    const interval = Number(intervalText)
    const duration = Number(durationText)
    if (!(intervalText !== '' && interval >= MIN_INTERVAL_S && interval <= MAX_DURATION_S))
      return {
        refusal: 'bad_request',
        message: `must be from ${MIN_INTERVAL_S} to ${MAX_DURATION_S}`,
        field: 'interval_sec',
      }
    if (!(durationText !== '' && duration > 0 && duration <= MAX_DURATION_S))
      return { refusal: 'bad_request', message: `must be above 0, at most ${MAX_DURATION_S}`, field: 'duration_sec' }
    if (this.#jobs.size >= this.#maxJobs)
      return { refusal: 'limited', message: `${this.#maxJobs} jobs run already`, retryAfterSeconds: 60 }
    const startedMs = Date.now()
    const job: Job = {
      id: randomUUID(),
      source,
      interval_sec: interval,
      duration_sec: duration,
      started_at: new Date(startedMs).toISOString(),
      ends_at: new Date(startedMs + duration * 1000).toISOString(),
      fetched: 0,
      failed: 0,
      last_error: null,
    }
    let isBusy = false
    const turn = () => {
      if (isBusy) return // a slow service is asked less often
      isBusy = true
      void perform()
        .then(() => job.fetched++)
        .catch((error: Error) => {
          job.failed++
          job.last_error = error.message
        })
        .finally(() => {
          isBusy = false
        })
    }
    const timer = setInterval(turn, interval * 1000)
    const end = setTimeout(() => this.cancel(job.id), duration * 1000)
    this.#jobs.set(job.id, { job, timer, end })
    turn()
    return job
  }

  /** False for a job that there is none of. */
  cancel(id: string): boolean {
    const found = this.#jobs.get(id)
    if (found === undefined) return false
    clearInterval(found.timer)
    clearTimeout(found.end)
    return this.#jobs.delete(id)
  }

  async close(): Promise<void> {
    for (const id of this.#jobs.keys()) this.cancel(id)
    await this.#client.close()
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
