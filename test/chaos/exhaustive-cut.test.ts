import { test } from 'vitest'
import { EVERY_FRAME, expectNoTraceOfFailures, type Interruption, NEVER_MS } from '../engine/runtime/interruptions.ts'

const MODES = [1, 2, 4].flatMap((lanes) => [
  { lanes, when: 'a barrier after every frame', barrierIntervalMs: EVERY_FRAME },
  { lanes, when: 'one barrier, at the end', barrierIntervalMs: NEVER_MS },
])
const INTERRUPTED: Interruption[] = ['group', 'process']

test.each(MODES.flatMap((mode) => INTERRUPTED.map((interruption) => ({ ...mode, interruption }))))(
  'a failure at any point, at any time, does not show: $lanes lanes, $when, restart of the $interruption',
  ({ interruption, ...mode }) => expectNoTraceOfFailures(mode, interruption, 1),
)
