import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { CELLS, Reference } from './failpoint-matrix.ts'

const scratch = mkdtempSync(join(tmpdir(), 'skein-failpoints-'))
afterAll(() => rmSync(scratch, { recursive: true }))

describe('nothing shows in a log of events when it fails twice', () => {
  const reference = new Reference(scratch, 'events')
  test.for(CELLS)('at $point: $action', (cell) => reference.expectNoTrace(cell))
})
