/** Makes of a request one that says who asks. */
import { createHmac } from 'node:crypto'
import type { HttpRequest } from './answer.ts'
import { type Auth, authInUse } from './auth.ts'
import type { HttpClient } from './http-client.ts'
import { TokenSource } from './token-source.ts'

const BEARER = 'Bearer '

export class Authorizer {
  readonly #auth: Auth | undefined
  readonly #tokens: TokenSource | null

  constructor(auth: Auth | undefined, client: HttpClient) {
    this.#auth = authInUse(auth)
    const oauth2 = this.#auth?.oauth2
    this.#tokens = oauth2 === undefined ? null : new TokenSource(oauth2, client)
  }

  /** Throws a `TokenRefused` where a token is needed and not given. */
  async authorize(request: HttpRequest, signal: AbortSignal): Promise<HttpRequest> {
    const { basic, header, query, hmac } = this.#auth ?? {}
    if (basic !== undefined) {
      const password = basic.password!.reveal()
      const pair = Buffer.from(`${basic.username!.reveal()}:${password}`).toString('base64')
      return withHeader(request, 'authorization', `Basic ${pair}`, [pair, password])
    }
    if (header !== undefined) {
      const key = header.value!.reveal()
      return withHeader(request, header.name, header.prefix + key, [key])
    }
    if (query !== undefined) {
      const key = query.value!.reveal()
      return { ...request, url: withParameter(request.url, query.name, key), secrets: [encodeURIComponent(key), key] }
    }
    if (hmac !== undefined) return signed(request, hmac)
    if (this.#tokens !== null) {
      const token = await this.#tokens.token(signal)
      return withHeader(request, 'authorization', BEARER + token, [token])
    }
    return request
  }

  /** The provider took the request. */
  prove(taken: HttpRequest): void {
    this.#tokens?.prove(tokenIn(taken))
  }

  /** The provider did not take the token of `refused`. Whether another one may do: not when it never took this one. */
  renew(refused: HttpRequest): boolean {
    return this.#tokens?.renew(tokenIn(refused)) ?? false
  }
}

const tokenIn = ({ headers }: HttpRequest): string => headers.authorization!.slice(BEARER.length)

function withHeader(request: HttpRequest, name: string, value: string, secrets: readonly string[]): HttpRequest {
  const header = name.toLowerCase()
  return { ...request, headers: { ...request.headers, [header]: value }, secretHeaders: [header], secrets }
}

function withParameter(url: string, name: string, value: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${encodeURIComponent(name)}=${encodeURIComponent(value)}`
}

/** Signs the whole query, the time in it (https://developers.binance.com/docs/binance-spot-api-docs/rest-api, "SIGNED"). */
function signed(request: HttpRequest, hmac: NonNullable<Auth['hmac']>): HttpRequest {
  const timed = withParameter(request.url, hmac.timestamp, String(Date.now()))
  const query = timed.slice(timed.indexOf('?') + 1)
  const signature = createHmac(hmac.algorithm, hmac.secret!.reveal()).update(query).digest('hex')
  const url = withParameter(timed, hmac.signature, signature)
  const key = hmac.key!.reveal()
  return withHeader({ ...request, url }, hmac.keyHeader, key, [key, signature])
}
