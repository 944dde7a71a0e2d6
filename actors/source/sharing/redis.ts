/**
 * The Redis that several nodes share: one connection a thread, on which scripts run.
 *
 * Connected when it is first needed, and anew when it is needed after it was lost; an answer that does not come in time ends
 * the connection, so nothing piles up behind it. Whoever gets no answer does not know whether the script ran: a script must do
 * no harm by running for nobody.
 *
 * Throws `RedisGone` alone.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Secret } from '../../../engine/config/secret.ts'

/** To connect, and to answer. */
const TIMEOUT_MS = 1000
const MOST_WAITING = 10_000
/** For so long after a failure nobody waits for another: those who stand in line get the same answer. */
const REST_MS = 500

/** There is no answer to be had of Redis now. Its message shows no secret. */
export class RedisGone extends Error {
  override readonly name = 'RedisGone'
}

export class Script {
  readonly text: string
  readonly sha1: string

  /** `file` is a URL. */
  constructor(file: URL) {
    this.text = readFileSync(file, 'utf8')
    this.sha1 = createHash('sha1').update(this.text).digest('hex') // by which Redis knows it
  }
}

/** Loaded when it is needed: it takes nearly as long as all else that a source's thread loads. */
const library = () => import('@redis/client')
type Library = Awaited<ReturnType<typeof library>>
type Client = ReturnType<typeof makeClient>

interface Link {
  readonly client: Client
  readonly ready: Promise<unknown>
}

export class Redis {
  readonly #url: Secret
  #link: Promise<Link> | null = null
  #isClosed = false
  #gone: { readonly untilMs: number; readonly reason: string } | null = null

  constructor(url: Secret) {
    this.#url = url
  }

  /** What the script answers: numbers, texts, null, and lists of such. */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (this.#isClosed) throw new RedisGone('the connection is closed')
    if (this.#gone !== null && performance.now() < this.#gone.untilMs) throw new RedisGone(this.#gone.reason)
    this.#link ??= this.#connect()
    const link = this.#link
    const { ErrorReply } = await library()
    const isReply = (error: unknown, code = '') => error instanceof ErrorReply && error.message.startsWith(code)
    const rest = [String(keys.length), ...keys, ...args.map(String)]
    try {
      const { client, ready } = await link
      await ready
      return await inTime(client.sendCommand(['EVALSHA', script.sha1, ...rest])).catch((error) => {
        if (!isReply(error, 'NOSCRIPT')) throw error
        return inTime(client.sendCommand(['EVAL', script.text, ...rest]))
      })
    } catch (error) {
      // With an answer that is an error the connection is as good as before.
      if (!isReply(error)) this.#end(link)
      const reason = saying(error)
      this.#gone = { untilMs: performance.now() + REST_MS, reason }
      throw new RedisGone(reason)
    }
  }

  /** Whoever waits is told that it is gone. */
  close(): void {
    this.#isClosed = true
    if (this.#link !== null) this.#end(this.#link)
  }

  #connect(): Promise<Link> {
    const link = library().then(({ createClient }) => {
      const client = makeClient(createClient, this.#url)
      client.on('error', () => this.#end(link))
      return { client, ready: inTime(client.connect()) }
    })
    return link
  }

  #end(link: Promise<Link>): void {
    if (this.#link === link) this.#link = null
    void link.then(({ client }) => client.isOpen && client.destroy())
  }
}

function makeClient(createClient: Library['createClient'], url: Secret) {
  return createClient({
    url: url.reveal(),
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
    socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: false },
  })
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** One for each address that was tried is in an error of several. */
function saying(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(saying).join('; ') : (error as Error).message
}
