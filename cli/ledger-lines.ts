/** The ledger as a person reads it and as a program does. */
import { type Barrier, COUNT_SLOTS, Count, ledgerOf, type SourceState } from '../engine/records/index.ts'

export interface LedgerLine {
  received: number
  accepted: number
  duplicate: number
  late: number
  discarded: Record<string, number>
  dead_lettered: number
  dropped: number
  in_flight: number
}

/** The sum over all sources. `received` minus everything else is in flight. */
export function ledgerLine(barrier: Barrier): LedgerLine {
  const sum = new Float64Array(COUNT_SLOTS)
  for (const { counts } of barrier.sources.values()) {
    for (let i = 0; i < COUNT_SLOTS; i++) sum[i]! += counts[i]!
  }
  return withInFlight(ledgerOf(sum))
}

export function withInFlight(ledger: Omit<LedgerLine, 'in_flight'>): LedgerLine {
  const { received, accepted, duplicate, late, discarded, dead_lettered, dropped } = ledger
  const discards = Object.values(discarded).reduce((sum, count) => sum + count, 0)
  return { ...ledger, in_flight: received - accepted - duplicate - late - discards - dead_lettered - dropped }
}

/** What a provider is worth beside the others. */
export interface Share {
  /** Of what it brought: how much no other had brought before. 0 to 1, NaN for nothing. */
  first: number
  /** Of that: how much was of aircraft that no other has seen of late. */
  alone: number
  /** By how much its clock is held to be ahead of the others'. */
  clock_offset_s: number
}

export function shareOf({ counts, clockOffsetMs }: SourceState): Share {
  const { accepted, duplicate, late, alone } = Count
  const judged = counts[accepted]! + counts[duplicate]! + counts[late]!
  return {
    first: counts[accepted]! / judged,
    alone: counts[alone]! / counts[accepted]!,
    clock_offset_s: clockOffsetMs / 1000,
  }
}

export function formatShare({ first, alone, clock_offset_s }: Share): string {
  const percent = (part: number) => (Number.isNaN(part) ? '-' : `${(100 * part).toFixed(1)} %`)
  const sign = clock_offset_s < 0 ? '−' : '+'
  return [
    ['first with', percent(first)],
    ['alone with', percent(alone)],
    ['clock', `${sign}${Math.abs(clock_offset_s).toFixed(2)} s`],
  ]
    .map(([name, value]) => `  ${name!.padEnd(26)}${value!.padStart(14)}`)
    .join('\n')
}

/** As lines for a terminal. */
export function formatLedger(title: string, ledger: LedgerLine): string {
  const { discarded, ...counts } = ledger
  const reasons = Object.entries(discarded).map(([reason, count]) => [`discarded: ${reason}`, count] as const)
  const rows = [
    ...Object.entries(counts).filter(([name]) => name !== 'in_flight'),
    ...reasons,
    ['in_flight', ledger.in_flight] as const,
  ]
  const lines = rows.map(
    ([name, count]) => `  ${name.replaceAll('_', ' ').padEnd(26)}${count.toLocaleString('en-US').padStart(14)}`,
  )
  return [title, ...lines].join('\n')
}
