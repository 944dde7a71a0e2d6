import { describe, expect, test } from 'vitest'
import { combinations, Rounds } from '../../../../actors/source/poll/rounds.ts'

describe('combinations', () => {
  test('are each with each, and one where there are no parameters', () => {
    expect(combinations({ a: ['1', '2'], b: ['x', 'y'] })).toEqual([
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
      { a: '2', b: 'y' },
    ])
    expect(combinations({})).toEqual([{}])
  })
})

describe('rounds', () => {
  const symbols = { symbol: ['a', 'b', 'c'] }

  test('are due at once, and again after their time from when they were asked', () => {
    const rounds = new Rounds(symbols, 1000)
    const taken = [rounds.take(10_000), rounds.take(10_100), rounds.take(10_200)]
    expect(taken.map((round) => round?.params.symbol)).toEqual(['a', 'b', 'c'])
    expect(rounds.take(10_300)).toBeNull()
    expect(rounds.waitMs(10_300)).toBe(700)
    for (const round of taken.toReversed()) rounds.answered(round!)
    expect(rounds.take(11_000)?.params.symbol, 'whatever the order of the answers').toBe('a')
    expect(rounds.take(11_050)).toBeNull()
  })

  test('that have not been answered miss their turn', () => {
    const rounds = new Rounds(symbols, 1000)
    const [a, b] = [rounds.take(10_000), rounds.take(10_100)]
    rounds.answered(b!)
    rounds.failed(rounds.take(10_200)!)
    expect(
      [rounds.take(11_200), rounds.take(11_200), rounds.take(11_200)].map((round) => round?.params.symbol),
    ).toEqual(['b', 'c', undefined])
    rounds.answered(a!)
    expect(rounds.take(12_200)?.params.symbol).toBe('a')
  })

  test('that come late are not made up for', () => {
    const rounds = new Rounds({ symbol: ['a'] }, 1000)
    rounds.answered(rounds.take(10_000)!)
    rounds.answered(rounds.take(15_000)!)
    expect(rounds.take(15_500)).toBeNull()
    expect(rounds.waitMs(15_500)).toBe(500)
  })

  test('with more to ask than can be asked make all late by the same', () => {
    const rounds = new Rounds(symbols, 1000)
    const asked: Record<string, number> = { a: 0, b: 0, c: 0 }
    for (let nowMs = 10_000; nowMs < 40_000; nowMs += 1000) {
      const round = rounds.take(nowMs)!
      asked[round.params.symbol!]!++
      rounds.failed(round)
    }
    expect(asked).toEqual({ a: 10, b: 10, c: 10 })
  })
})
