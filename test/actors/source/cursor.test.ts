import { expect, test } from 'vitest'
import { decodeCursor, encodeCursor, newCursor, type ReplayCursor } from '../../../actors/source/replay/cursor.ts'

test('a cursor comes back as it was', () => {
  const cursor: ReplayCursor = {
    lap: 3,
    shiftMs: 900_000,
    lapStartMs: 1_600_000_000_000,
    stepMs: 10_000,
    open: { '0123456789abcdef': { offset: 2 ** 40, line: 7 }, fedcba9876543210: { offset: 0, line: 1 } },
    finished: new Set(['00000000000000ff', 'ffffffffffffffff']),
  }
  expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor)
  expect(decodeCursor(encodeCursor(newCursor()))).toEqual(newCursor())
})

test('a source that has never committed begins at the beginning', () => {
  expect(decodeCursor(new Uint8Array(0))).toEqual(newCursor())
})

test('a finished file costs eight bytes', () => {
  const finished = new Set(Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(16, '0')))
  const bytes = encodeCursor({ ...newCursor(), finished }).length - encodeCursor(newCursor()).length
  expect(bytes).toBe(8000)
})
