/**
 * Values that must never be seen.
 *
 * A secret comes from a variable (`${NAME}` and nothing around it) or a file (`{ file: path }`), never from the text of a
 * configuration. Printing, logging, inspecting, JSON and structured clones show `[redacted]` or nothing; only `reveal()`
 * gives the value. To hand options with secrets to a worker, `packSecrets` before and `unpackSecrets` after.
 */
import { inspect } from 'node:util'
import { z } from 'zod'
import type { IssueParams } from './problem.ts'

export type SecretOrigin = { readonly variable: string } | { readonly file: string }

const REDACTED = '[redacted]'

export class Secret {
  readonly #value: string
  /** Where it came from, which is no secret. */
  readonly origin: SecretOrigin

  constructor(value: string, origin: SecretOrigin) {
    this.#value = value
    this.origin = origin
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}

/** All that can be wrong by the time of validation: sources of secrets are judged before. */
const MISSING: IssueParams = { reason: 'missing_key' }

/** An option that holds a secret; read, it is a `Secret`. */
export function secret() {
  return z
    .custom<Secret>((value) => value instanceof Secret, { error: 'must be a secret', params: MISSING })
    .meta({ secret: true })
}

/** Plain data for a worker message. It holds the secrets in clear: never log it. */
export function packSecrets(value: unknown): unknown {
  return mapDeep(value, (part) =>
    part instanceof Secret ? { $secret: part.reveal(), $origin: part.origin } : undefined,
  )
}

export function unpackSecrets(value: unknown): unknown {
  return mapDeep(value, (part) => (isPacked(part) ? new Secret(part.$secret, part.$origin) : undefined))
}

type Packed = { readonly $secret: string; readonly $origin: SecretOrigin }

function isPacked(part: unknown): part is Packed {
  return typeof part === 'object' && part !== null && '$secret' in part && '$origin' in part
}

function mapDeep(value: unknown, replace: (part: unknown) => unknown): unknown {
  const replaced = replace(value)
  if (replaced !== undefined) return replaced
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, replace))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapDeep(inner, replace)]))
}
