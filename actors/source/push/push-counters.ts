/** What is counted of a push source, in shared memory: its thread writes, the metrics read. */
import { defineCounters } from '../../../engine/memory/counters.ts'
import { REFUSAL_NAMES, type Refusal } from './refusals.ts'

const refusedName = (refusal: Refusal): `refused_${Refusal}` => `refused_${refusal}`

export const pushCounters = defineCounters({
  counters: [
    'requests',
    /** Events that were taken, and those that had been before. */
    'accepted',
    'repeated',
    'bytes',
    /** Requests whose sender went before it was answered. */
    'aborted',
    /** Requests to other services, for whoever asked for one. */
    'fetches',
    ...REFUSAL_NAMES.map(refusedName),
  ],
  gauges: ['in_flight', 'remembered', 'jobs'],
  /** From the whole request to its commit. */
  histograms: ['commit_us'],
})

export type PushCounters = ReturnType<typeof pushCounters.attach>

export function countRefusal(counters: PushCounters, refusal: Refusal): void {
  counters[refusedName(refusal)].add(1)
}

export const refusedBy = (counters: PushCounters): Record<string, number> =>
  Object.fromEntries(REFUSAL_NAMES.map((refusal) => [refusal, counters[refusedName(refusal)].value]))
