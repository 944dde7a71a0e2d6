/** The engine in somebody's own program. */
import type { FetchInfo, Told } from '../actors/source/poll/asking.ts'
import type { PollOptions } from '../actors/source/poll/poll.ts'
import { combinations } from '../actors/source/poll/rounds.ts'
import { UrlTemplate } from '../actors/source/poll/url-template.ts'
import type { Alert } from '../cli/alerts.ts'
import { loadPipeline } from '../cli/load.ts'
import { type Running, startPipeline } from '../cli/running.ts'
import { SkeinError } from '../engine/errors.ts'
import type { Log } from '../engine/ops/log.ts'
import { Logging } from '../engine/ops/logging.ts'
import type { PlainRecord } from '../schemas/plain-record.ts'
import { FetchError } from './fetch-error.ts'
import { type EngineMetrics, FetchMeter } from './fetch-metrics.ts'
import { type BufferedRecord, RecordBuffer } from './record-buffer.ts'

export interface EngineOptions {
  /** `path=value`, over the configuration; later ones win. */
  set?: readonly string[]
  /** Where the engine says what happens; standard error unless given. Its threads write there in any case. */
  log?: Log
  /** A target of the configuration’s `alerts` is missed, or met again. */
  onAlert?: (alert: Alert) => void
}

/** A source by its name in the configuration, and what the places in its address are filled with. */
export interface FetchRequest {
  source: string
  [parameter: string]: string | number
}

export interface Fetched {
  /** What the answer held, before anything is dropped as a duplicate. It goes into the log like all that is polled. */
  records: PlainRecord[]
  fetch: FetchInfo
}

/** How many requests of a batch wait at its sources at once. */
const BATCH_CONCURRENCY = 256

/**
 * Starts an engine. `config`: the path of a YAML file, or an object of the same shape.
 * Throws `SKEIN_CONFIG_INVALID` after printing every problem, `SKEIN_LOG_LOCKED`, `SKEIN_LOG_DAMAGED`, `SKEIN_RUNTIME_ESCALATED`.
 */
export async function startEngine(config: string | object, options: EngineOptions = {}): Promise<SkeinEngine> {
  const { set } = options
  const request =
    typeof config === 'string' ? { file: config, set } : { file: 'configuration', text: JSON.stringify(config), set }
  const { config: pipeline } = loadPipeline(request)
  const log = options.log ?? new Logging({ level: pipeline.ops.logLevel }).of('skein')
  const running = await startPipeline(pipeline, { log, fresh: false, onAlert: options.onAlert })
  const polled = Object.entries(pipeline.sources).filter(([, { kind }]) => kind === 'poll')
  return new SkeinEngine(
    running,
    polled.map(([name]) => name),
  )
}

export class SkeinEngine {
  readonly #running: Running
  readonly #polled: readonly string[]
  readonly #buffer: RecordBuffer
  readonly #meter: FetchMeter
  #stopped: Promise<void> | null = null

  /** Use `startEngine`. */
  constructor(running: Running, polled: readonly string[]) {
    this.#running = running
    this.#polled = polled
    this.#buffer = new RecordBuffer(running.engine)
    this.#meter = new FetchMeter(running.polling, polled)
  }

  /** Resolves with the reason when the engine cannot go on. */
  get failed(): Promise<SkeinError> {
    return this.#running.engine.failed
  }

  /**
   * One request now, through a polled source: with its credentials, limits, retries and decoder. Parameters for which the
   * configuration has one value need not be given. It waits for its turn where a limit says so: bound that with the signal.
   * Rejects with a `FetchError`.
   */
  async fetchData(request: FetchRequest, { signal }: { signal?: AbortSignal } = {}): Promise<Fetched> {
    let told: Told
    try {
      const params = this.#paramsOf(request)
      told = (await this.#running.engine.supervisor.ask(request.source, params, signal)) as Told
    } catch (error) {
      throw FetchError.from(error)
    }
    const { fetch } = told
    if (told.kind === 'records') return { records: told.records, fetch }
    const details = { source: request.source, class: told.class, detail: told.detail, attempts: fetch.attempts }
    throw new FetchError(new SkeinError('SKEIN_FETCH_FAILED', details), told.class, fetch)
  }

  /** Many at once. Resolves with what became of each, in order; all limits hold. */
  async fetchBatch(
    requests: readonly FetchRequest[],
    options: { signal?: AbortSignal } = {},
  ): Promise<PromiseSettledResult<Fetched>[]> {
    const results = new Array<PromiseSettledResult<Fetched>>(requests.length)
    const left = requests.entries()
    const work = async () => {
      for (const [i, request] of left) {
        const [result] = await Promise.allSettled([this.fetchData(request, options)])
        results[i] = result
      }
    }
    await Promise.all(Array.from({ length: Math.min(BATCH_CONCURRENCY, requests.length) }, work))
    return results
  }

  /** Takes out at most so many of the newest 10,000 accepted records, the oldest first. */
  getBufferItems(max = Number.POSITIVE_INFINITY): BufferedRecord[] {
    return this.#buffer.take(max)
  }

  getMetrics(): EngineMetrics {
    const { size, overflow } = this.#buffer
    return { ...this.#meter.read(), buffer: { size, overflow } }
  }

  /** Sources stop, all that came in is committed, and the log is given free. What is asked meanwhile is rejected. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#meter.stop()
    const busy = await this.#running.stop()
    await this.#buffer.stop()
    if (busy.length > 0) throw new SkeinError('SKEIN_RUNTIME_DRAIN_TIMEOUT', { busy })
  }

  #paramsOf({ source, ...given }: FetchRequest): Record<string, string> {
    if (!this.#polled.includes(source)) throw new SkeinError('SKEIN_SOURCE_UNKNOWN', { source, polled: this.#polled })
    const plan = this.#running.engine.plan.sources.find(({ name }) => name === source)!
    const { url, params } = plan.options as PollOptions
    const single = Object.fromEntries(Object.entries(params).filter(([, values]) => values.length === 1))
    const filled = Object.entries(given).map(([name, value]) => [name, String(value)])
    const all: Record<string, string> = { ...combinations(single)[0], ...Object.fromEntries(filled) }
    const { names } = new UrlTemplate(url)
    const missing = [...names].filter((name) => all[name] === undefined)
    const unknown = Object.keys(given).filter((name) => !names.has(name))
    if (missing.length + unknown.length > 0) throw new SkeinError('SKEIN_FETCH_PARAMETER', { source, missing, unknown })
    return all
  }
}
