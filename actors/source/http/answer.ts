/** A request, and what became of it. */
import type { Headers } from '../limit/index.ts'
import type { FailureClass } from './failures.ts'

/** What an answer says of its version: given back, it need not be sent again (RFC 9110, 13.1). */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: string | null
}

/** A GET, or with a form a POST. */
export interface HttpRequest {
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly validators?: Validators | null
  /** As `application/x-www-form-urlencoded`. */
  readonly form?: string
  /** Headers that no other origin may see. */
  readonly secretHeaders?: readonly string[]
  /** Texts that must not be shown, should a provider repeat them. */
  readonly secrets?: readonly string[]
}

export interface HttpLimits {
  /** From the request to the first of the answer. */
  readonly headersTimeoutMs: number
  /** Between two pieces of the body. */
  readonly bodyTimeoutMs: number
  /** For all of it, redirects included. */
  readonly totalTimeoutMs: number
  /** Decompressed. */
  readonly maxBodyBytes: number
  readonly maxRedirects: number
}

export type Answer =
  /** 2xx. Zeros follow the body in its memory (`withPadding`). */
  | { kind: 'ok'; status: number; headers: Headers; body: Buffer; validators: Validators }
  | { kind: 'not-modified'; status: number; headers: Headers }
  /** Any other status, with the first of its body. */
  | { kind: 'refused'; class: FailureClass; status: number; headers: Headers; detail: string }
  /** No answer, or not all of it. */
  | { kind: 'failed'; class: FailureClass; detail: string }
