/** Why a fetch came to nothing. */
import type { FetchFailure, FetchInfo } from '../actors/source/poll/asking.ts'
import { SkeinError } from '../engine/errors.ts'

/** A closed list: those of the guide on polling, `refused_body`, and `parameters` for what was not sent. */
export type FetchErrorClass = FetchFailure | 'parameters' | 'stopped' | 'queue'

export class FetchError extends SkeinError {
  override readonly name = 'FetchError'
  readonly class: FetchErrorClass
  /** Null when nothing was sent. */
  readonly fetch: FetchInfo | null

  constructor(error: SkeinError, failure: FetchErrorClass, fetch: FetchInfo | null) {
    super(error.code, error.details, { cause: error.cause })
    this.class = failure
    this.fetch = fetch
  }

  /** What was thrown on the way to a source. */
  static override from(thrown: unknown): FetchError {
    const error = SkeinError.from(thrown)
    return new FetchError(error, classOf(error), null)
  }
}

function classOf({ code }: SkeinError): FetchErrorClass {
  if (code === 'SKEIN_SOURCE_UNAUTHORIZED') return 'unauthorized'
  if (code === 'SKEIN_FETCH_QUEUE') return 'queue'
  if (code === 'SKEIN_FETCH_PARAMETER' || code === 'SKEIN_SOURCE_UNKNOWN') return 'parameters'
  return 'stopped'
}
