/** A recording cut at every frame; and at some of its failures, which test/chaos/exhaustive-cut.test.ts tries all of. */
import { test } from 'vitest'
import { EVERY_FRAME, expectNoTraceOfFailures, expectNoTraceOfStops, NEVER_MS } from './interruptions.ts'

const MODES = [1, 2, 4].flatMap((lanes) => [
  { lanes, when: 'a barrier after every frame', barrierIntervalMs: EVERY_FRAME },
  { lanes, when: 'one barrier, at the end', barrierIntervalMs: NEVER_MS },
])

test.each(MODES)('a stop after any frame does not show: $lanes lanes, $when', (mode) => expectNoTraceOfStops(mode))

test.each(MODES)('a failure at any point does not show: $lanes lanes, $when', (mode) =>
  expectNoTraceOfFailures(mode, mode.lanes === 1 ? 'process' : 'group', 23),
)
