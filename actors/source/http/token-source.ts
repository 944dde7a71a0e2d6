/** OAuth2 client credentials: one token at a time, renewed before it ends, kept in memory alone. */
import type { HttpLimits } from './answer.ts'
import type { Auth } from './auth.ts'
import type { FailureClass } from './failures.ts'
import type { HttpClient } from './http-client.ts'

/** No token was given. */
export class TokenRefused extends Error {
  readonly failure: FailureClass

  constructor(failure: FailureClass, detail: string) {
    super(`no token: ${detail}`)
    this.failure = failure
  }
}

const LIMITS: HttpLimits = {
  headersTimeoutMs: 15_000,
  bodyTimeoutMs: 15_000,
  totalTimeoutMs: 30_000,
  maxBodyBytes: 1 << 20,
  maxRedirects: 0,
}
/** No one of those who wait may end it for the others; it ends by its limits, or with the client. */
const NEVER = new AbortController().signal
/** Unless it says otherwise (RFC 6749, 5.1 leaves it to the provider). */
const LIFETIME_S = 300
/** Renewed so long before its end, or at half of its life where that is short. */
const MARGIN_MS = 60_000

export class TokenSource {
  readonly #client: HttpClient
  readonly #oauth2: NonNullable<Auth['oauth2']>
  #token = ''
  /** Whether the provider has taken it once. */
  #isProven = false
  #renewAtMs = Number.NEGATIVE_INFINITY
  /** Who needs one meanwhile waits for the same. */
  #coming: Promise<string> | null = null

  constructor(oauth2: NonNullable<Auth['oauth2']>, client: HttpClient) {
    this.#oauth2 = oauth2
    this.#client = client
  }

  /** Rejects with a `TokenRefused`, or when the signal is aborted; who else waits gets it all the same. */
  token(signal: AbortSignal): Promise<string> {
    if (performance.now() < this.#renewAtMs) return Promise.resolve(this.#token)
    this.#coming ??= this.#ask().finally(() => {
      this.#coming = null
    })
    return unlessAborted(this.#coming, signal)
  }

  /** The provider took `token`. */
  prove(token: string): void {
    if (token === this.#token) this.#isProven = true
  }

  /** The provider did not take `token`. Whether another may do: there is a newer one, or this one was taken before. */
  renew(token: string): boolean {
    if (token !== this.#token) return true
    if (this.#isProven) this.#renewAtMs = Number.NEGATIVE_INFINITY
    return this.#isProven
  }

  async #ask(): Promise<string> {
    const { tokenUrl, clientId, clientSecret, scope } = this.#oauth2
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId!.reveal(),
      client_secret: clientSecret!.reveal(),
      ...(scope === undefined ? {} : { scope }),
    })
    const answer = await this.#client.send({ url: tokenUrl, headers: {}, form: form.toString() }, LIMITS, NEVER)
    // 400 invalid_client and 401 both mean that the client is not known (RFC 6749, 5.2).
    if (answer.kind === 'refused') {
      const isUnknown = answer.status === 400 || answer.status === 401 || answer.status === 403
      throw new TokenRefused(isUnknown ? 'unauthorized' : answer.class, `${tokenUrl} answers ${answer.status}`)
    }
    if (answer.kind !== 'ok') throw new TokenRefused('class' in answer ? answer.class : 'bad_answer', tokenUrl)
    return this.#take(answer.body.toString('utf8'))
  }

  #take(body: string): string {
    const { access_token: token, expires_in: lifetime_s = LIFETIME_S } = parsed(body)
    if (typeof token !== 'string' || token === '')
      throw new TokenRefused('bad_answer', `${this.#oauth2.tokenUrl} answers without one`)
    const lifetimeMs = Number(lifetime_s) * 1000
    this.#token = token
    this.#isProven = false
    this.#renewAtMs = performance.now() + Math.max(lifetimeMs / 2, lifetimeMs - MARGIN_MS)
    return token
  }
}

function parsed(body: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(body) as object) }
  } catch {
    return {}
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
