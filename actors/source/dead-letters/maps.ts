/** Which map read what a dead letter holds: its source's; of one that was refused once more, that of the source that it came from. */
import type { MapSettings } from '../decode/mapped/index.ts'

export interface SourceMap {
  readonly source: string
  readonly map: MapSettings
  /** What the origins of its dead letters begin with. */
  readonly origin: string
}

/** Null where no map did, or it is not known which. */
export function mapFor(maps: readonly SourceMap[], source: string, origin: string): MapSettings | null {
  const own = maps.find((one) => one.source === source)
  if (own !== undefined) return own.map
  const others = maps.filter((one) => origin.startsWith(one.origin))
  return others.length === 1 ? others[0]!.map : null
}
