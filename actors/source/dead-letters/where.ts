/**
 * Which dead letters are meant: those whose reason, source, stage and origin are each among the ones named. What is not
 * named does not matter, so `{}` means all.
 *
 * Cursors on disk hold these: what one matches never changes.
 */
import { SourceRegistry } from '../../../engine/log/source-registry.ts'
import { deadLetter, type Frame } from '../../../engine/records/index.ts'

export const WHERE_KEYS = ['reason', 'source', 'stage', 'origin'] as const
export type WhereKey = (typeof WHERE_KEYS)[number]
export type Where = { readonly [Key in WhereKey]?: readonly string[] }

/** Of a frame that is a dead letter. */
export type Matches = (frame: Frame) => boolean
/** Of a source, by its number in the log. */
export type NameOf = (sourceId: number) => string

export function namesIn(directory: string): NameOf {
  const registry = new SourceRegistry(directory)
  return (sourceId) => registry.get(sourceId)?.name ?? `source ${sourceId}`
}

export const isEverything = (where: Where): boolean => WHERE_KEYS.every((key) => where[key] === undefined)

/** Equal for filters that match the same. */
export function canonical(where: Where): string {
  return JSON.stringify(WHERE_KEYS.map((key) => where[key] && [...new Set(where[key])].sort()))
}

export function matcherOf(where: Where, nameOf: NameOf): Matches {
  const { reason, stage, origin } = deadLetter.fields
  const read: { [Key in WhereKey]: (frame: Frame) => string } = {
    reason: (frame) => reason.get(frame),
    source: (frame) => nameOf(frame.sourceId),
    stage: (frame) => stage.get(frame),
    origin: (frame) => origin.get(frame)!,
  }
  const named = WHERE_KEYS.filter((key) => where[key] !== undefined)
  return (frame) => named.every((key) => where[key]!.includes(read[key](frame)))
}
