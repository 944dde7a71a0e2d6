/** Pages and cursors against a plain API: whatever fails, and wherever it ends, each row is read at least once, and only rows that are there. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareMarks, Mark } from '../../actors/source/decode/mapped/index.ts'
import { MOST_CURSORS, pagesOption, sinceOption } from '../../actors/source/poll/pages-spec.ts'
import { Reading } from '../../actors/source/poll/reading.ts'
import { SinceCursors } from '../../actors/source/poll/since-cursors.ts'
import { UrlTemplate } from '../../actors/source/poll/url-template.ts'
import { MAX_CURSOR_BYTES } from '../../engine/records/index.ts'

const ADDRESS = new UrlTemplate('https://api.example/rows?kind={kind}')
const PARAMS = { kind: 'all' }
const NOTHING = new Uint8Array(0)

const pagesOf = (kind: 'page' | 'offset' | 'cursor' | 'link', size: number | undefined, most: number) =>
  pagesOption().parse({
    kind,
    most,
    ...(kind === 'cursor' ? { from: 'next', param: 'c' } : {}),
    ...(kind === 'page' || kind === 'offset' ? { size } : {}),
  })

/** What an API that has these rows answers. */
function answer(rows: readonly number[], url: string, size: number) {
  const { searchParams } = new URL(url)
  const since = Number(searchParams.get('since') ?? 0)
  const found = rows.filter((row) => row >= since)
  const page = searchParams.get('page')
  const first =
    page === null ? Number(searchParams.get('offset') ?? searchParams.get('c') ?? 0) : (Number(page) - 1) * size
  const next = first + size < found.length ? String(first + size) : null
  const link = next === null ? null : `?kind=all&since=${since}&offset=${next}`
  return { rows: found.slice(first, first + size), next, link }
}

const plan = fc.record({
  kind: fc.constantFrom('page' as const, 'offset' as const, 'cursor' as const, 'link' as const),
  size: fc.integer({ min: 1, max: 6 }),
  saysSize: fc.boolean(),
  most: fc.integer({ min: 1, max: 4 }),
  isNewestFirst: fc.boolean(),
  /** Of each round: how many rows come before it, after which page it fails, and whether the process ends behind it. */
  rounds: fc.array(
    fc.record({
      added: fc.integer({ min: 0, max: 9 }),
      failsAfter: fc.integer({ min: 0, max: 5 }),
      ends: fc.boolean(),
    }),
    { maxLength: 12 },
  ),
})

test('nothing is left out', () => {
  fc.assert(
    fc.property(plan, ({ kind, size, saysSize, most, isNewestFirst, rounds }) => {
      const settings = sinceOption().parse({ from: 'id', param: 'since' })
      // Newest first, what is behind the last page that may be read is never seen: then there is no such limit here.
      const pages = pagesOf(kind, saysSize ? size : undefined, isNewestFirst ? 10_000 : most)
      let cursors = new SinceCursors(settings, [PARAMS], NOTHING)
      let kept = NOTHING as Uint8Array
      const rows: number[] = []
      const seen = new Set<number>()
      const round = (failsAfter: number) => {
        const reading = new Reading(cursors.ask(ADDRESS, PARAMS), pages, cursors.newMark())
        for (let page = 0; reading.end === null; page++) {
          if (page === failsAfter) return
          const answered = answer(isNewestFirst ? rows.toReversed() : rows, reading.url, size)
          for (const row of answered.rows) {
            seen.add(row)
            reading.mark!.note(row, 0)
          }
          reading.follow({ ...answered, rows: answered.rows.length })
          expect(page).toBeLessThan(isNewestFirst ? 1000 : most)
        }
        cursors.conclude(PARAMS, reading)
        kept = cursors.encode()
      }
      for (const { added, failsAfter, ends } of rounds) {
        for (let n = 0; n < added; n++) rows.push(rows.length + 1)
        round(failsAfter)
        if (ends) cursors = new SinceCursors(settings, [PARAMS], kept)
      }
      // A page of one row that is asked for inclusively may never be passed by one page a round.
      if (!isNewestFirst && size * most === 1) return
      for (let n = 0; n <= rows.length; n++) round(Number.POSITIVE_INFINITY)
      expect([...seen].sort((a, b) => a - b)).toEqual(rows)
    }),
    { numRuns: 300 },
  )
})

test('marks are in one order, whatever they are', () => {
  const id = fc.oneof(fc.bigInt().map(String), fc.string({ minLength: 1, maxLength: 8 }))
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 20 }), (ids) => {
      const mark = new Mark(undefined)
      for (const one of ids) mark.note(one, 0)
      expect(mark.largest).not.toBeNull()
      for (const one of ids) expect(compareMarks(one, mark.largest!)).toBeLessThanOrEqual(0)
      const sorted = ids.toSorted(compareMarks)
      for (let n = 1; n < sorted.length; n++) expect(compareMarks(sorted[n - 1]!, sorted[n]!)).toBeLessThanOrEqual(0)
    }),
  )
})

test('as many cursors as there may be fit a progress frame', () => {
  const settings = sinceOption().parse({ from: 'id', param: 'since' })
  const all = Array.from({ length: MOST_CURSORS }, (_, n) => ({ symbol: `S${n}` }))
  const cursors = new SinceCursors(settings, all, NOTHING)
  for (const params of all)
    for (const value of ['\u0001'.repeat(15), 'é'.repeat(47), 'é'.repeat(48), 'x'.repeat(94), '"'.repeat(47)]) {
      const mark = cursors.newMark()
      mark.note(`z${value.slice(1)}`, 0)
      cursors.conclude(params, { mark, end: 'whole' })
    }
  expect(cursors.encode().length).toBeLessThan(MAX_CURSOR_BYTES)
  const again = new SinceCursors(settings, all, cursors.encode())
  expect(all.map((params) => again.textOf(params))).toEqual(all.map((params) => cursors.textOf(params)))
  expect(new SinceCursors(settings, all.slice(1), cursors.encode()).encode().length).toBeLessThan(
    cursors.encode().length,
  )
})
