/** What each address said of the version that it gave last, so that it need not give it again (RFC 9110, 13.1). */
import type { Validators } from '../http/index.ts'

/** More addresses than this are asked for whole. */
const MOST = 10_000

export class Validated {
  readonly #byUrl = new Map<string, Validators>()

  of(url: string): Validators | null {
    return this.#byUrl.get(url) ?? null
  }

  note(url: string, validators: Validators): void {
    const isSome = validators.etag !== null || validators.lastModified !== null
    if (isSome && this.#byUrl.size < MOST) this.#byUrl.set(url, validators)
    else this.#byUrl.delete(url)
  }
}
