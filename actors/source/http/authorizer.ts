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
      const pair = `${basic.username!.reveal()}:${basic.password!.reveal()}`
      return withSecret(request, 'authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
    }
    if (header !== undefined)
      return withSecret(request, header.name.toLowerCase(), `${header.prefix}${header.value!.reveal()}`)
    if (query !== undefined) return { ...request, url: withParameter(request.url, query.name, query.value!.reveal()) }
    if (hmac !== undefined) return signed(request, hmac)
    if (this.#tokens !== null) return withSecret(request, 'authorization', BEARER + (await this.#tokens.token(signal)))
    return request
  }

  /** The provider did not take the token of `refused`. Whether another one may do: not when it was fresh. */
  renew(refused: HttpRequest): boolean {
    return this.#tokens?.renew(refused.headers.authorization!.slice(BEARER.length)) ?? false
  }
}

function withSecret(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, headers: { ...request.headers, [name]: value }, secretHeaders: [name] }
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
  return withSecret({ ...request, url }, hmac.keyHeader.toLowerCase(), hmac.key!.reveal())
}
