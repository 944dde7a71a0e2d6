/** What is counted of a poll source, in shared memory: its thread writes, the metrics read. */
import { defineCounters } from '../../../engine/memory/counters.ts'
import { FAILURE_CLASSES, type FailureClass } from '../http/index.ts'

const failureName = (failure: FailureClass): `failed_${FailureClass}` => `failed_${failure}`

export const pollCounters = defineCounters({
  counters: [
    /** Requests as the provider counts them: each attempt. */
    'requests',
    /** Fetches, each with all its attempts: what became of them. */
    'answers',
    'unchanged',
    'failures',
    /** Answers whose body was refused whole. */
    'refused_bodies',
    'bytes',
    /** Rounds that ended because an API said to go where it had been, and such as had more pages than may be. */
    'repeated_cursors',
    'cut_rounds',
    /** Rows without what `since` is made of. */
    'rows_without_since',
    /** How often Redis did not answer: what was to be asked then was asked later. */
    'redis_failures',
    ...FAILURE_CLASSES.map(failureName),
  ],
  gauges: ['in_flight', 'last_answer_ms'],
  histograms: ['fetch_us', 'decode_us'],
})

export type PollCounters = ReturnType<typeof pollCounters.attach>

/** Counts an attempt that failed so. */
export function countFailure(counters: PollCounters, failure: FailureClass): void {
  counters[failureName(failure)].add(1)
}
