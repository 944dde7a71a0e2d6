import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { CELLS, HANDLER_CELLS, type Material, Reference } from './failpoint-matrix.ts'

describe.each<Material>(['events', 'flights'])('nothing shows in a log of %s when it fails twice', (material) => {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-failpoints-'))
  afterAll(() => rmSync(scratch, { recursive: true }))
  const reference = new Reference(scratch, material)

  test.for(CELLS)('at $point: $action', (cell) => reference.expectNoTrace(cell))
})

describe('a record that fails its handler every time becomes a dead letter, and nothing else is lost', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-poison-'))
  afterAll(() => rmSync(scratch, { recursive: true }))
  const reference = new Reference(scratch, 'events')

  test.for(HANDLER_CELLS)('at $point: $action', (cell) => reference.expectOnlyPoison(cell, 12_345))
})
