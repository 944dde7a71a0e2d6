/** The ledger as a person reads it and as a program does. */
import { type Barrier, COUNT_SLOTS, ledgerOf } from '../engine/records/index.ts'

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
