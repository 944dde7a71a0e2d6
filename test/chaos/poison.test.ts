import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { HANDLER_CELLS, Reference } from './failpoint-matrix.ts'

const scratch = mkdtempSync(join(tmpdir(), 'skein-poison-'))
afterAll(() => rmSync(scratch, { recursive: true }))

describe('a record that fails its handler every time becomes a dead letter, and nothing else is lost', () => {
  const reference = new Reference(scratch, 'events')
  test.for(HANDLER_CELLS)('at $point: $action', (cell) => reference.expectOnlyPoison(cell, 12_345))
})
