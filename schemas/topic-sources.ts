/** Where the frames of a log come from, for `topicsOf`. */
import { SourceRegistry } from '../engine/log/source-registry.ts'
import type { EnvelopeSource } from './envelope.ts'
import type { SourceOf } from './topics.ts'

const UNKNOWN: EnvelopeSource = { provider: null, mode: null, bbox: null, poll_interval_s: null }

/** Knows of sources that are registered later, too. Throws `SKEIN_LOG_DAMAGED`, `SKEIN_LOG_NEWER_FORMAT`. */
export function sourcesIn(directory: string): SourceOf {
  let registry = new SourceRegistry(directory)
  const known = new Map<number, ReturnType<SourceOf>>()
  return (id) => {
    const found = known.get(id)
    if (found !== undefined) return found
    if (registry.get(id) === undefined) registry = new SourceRegistry(directory)
    const source = registry.get(id)
    const metadata = source?.metadata as Partial<EnvelopeSource> | undefined
    const made = { name: source?.name ?? `source ${id}`, envelope: { ...UNKNOWN, ...metadata } }
    if (source !== undefined) known.set(id, made)
    return made
  }
}
