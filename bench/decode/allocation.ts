/**
 * What decoding allocates for each row, in bytes of heap: the median over many bodies, those with a collection in between left out.
 *
 *   scripts/node bench/decode/allocation.ts
 *
 * A body costs some hundred bytes, among them those of the measurement; a row should cost none.
 */
import { getHeapStatistics } from 'node:v8'
import { makeInputs } from './inputs.ts'
import { decodeAll } from './run.ts'

const WARM_UP_ROWS = 1_000_000
const MEASURED_ROWS = 1_000_000

export function measureDecodeAllocation(): number {
  return Math.max(
    ...makeInputs().map((input) => {
      const run = decodeAll(input)
      for (let rows = 0; rows < WARM_UP_ROWS; rows += input.rows) run()
      const grown: number[] = []
      for (let rows = 0; rows < MEASURED_ROWS; rows += input.rows) {
        const before = getHeapStatistics().used_heap_size
        run()
        const bytes = getHeapStatistics().used_heap_size - before
        if (bytes >= 0) grown.push(bytes)
      }
      return grown.sort((a, b) => a - b)[grown.length >> 1]! / input.rows
    }),
  )
}

if (import.meta.main) console.log(`${measureDecodeAllocation().toFixed(2)} bytes a row`)
