/** `skein ledger`: what became of every record, from the last barrier in the log; also while an engine is writing it. */
import { readLastBarrier } from '../engine/log/last-barrier.ts'
import { SourceRegistry } from '../engine/log/source-registry.ts'
import { ledgerOf } from '../engine/records/index.ts'
import { formatLedger, formatShare, ledgerLine, shareOf, withInFlight } from './ledger-lines.ts'
import { requireLog } from './log-directory.ts'

export function ledger({ log, json }: { log: string; json: boolean }): void {
  requireLog(log)
  const barrier = readLastBarrier(log)
  if (json) {
    console.log(JSON.stringify(ledgerLine(barrier)))
    return
  }
  const registry = new SourceRegistry(log)
  for (const state of barrier.sources.values()) {
    const source = registry.get(state.sourceId)
    console.log(formatLedger(source?.name ?? `source ${state.sourceId}`, withInFlight(ledgerOf(state.counts))))
    if (source?.metadata.mode === 'live') console.log(formatShare(shareOf(state)))
  }
  if (barrier.sources.size !== 1) console.log(formatLedger('all sources', ledgerLine(barrier)))
}
