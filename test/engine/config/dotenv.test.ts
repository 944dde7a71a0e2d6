import { describe, expect, test } from 'vitest'
import { parseDotenv } from '../../../engine/config/dotenv.ts'
import { formatProblems } from '../../../engine/config/index.ts'

function valueIn(line: string): string | undefined {
  return parseDotenv('.env', line).entries.get('A')?.value
}

describe('a line of a .env file', () => {
  test.each([
    ['A=1', '1'],
    ['  A = 1  ', '1'],
    ['export A=1', '1'],
    ['A=', ''],
    ['A=a b', 'a b'],
    ['A=a # comment', 'a'],
    ['A=a#b', 'a#b'],
    ['A= # comment', ''],
    ['A="a # b" # comment', 'a # b'],
    ['A="a\\n\\"b\\" \\\\ \\x"', 'a\n"b" \\ \\x'],
    ['A=\'a\\n"b"\'', 'a\\n"b"'],
    ['A=a=b', 'a=b'],
    ['A=$B', '$B'],
    ['A=a\r', 'a'],
    ["A=it's", "it's"],
  ])('%j sets %j', (line, value) => {
    expect(valueIn(line)).toBe(value)
  })

  test('may be empty or a comment', () => {
    expect(parseDotenv('.env', '\n# A=1\n  \n\t# x\n')).toEqual({ entries: new Map(), problems: [] })
  })

  test.each([
    ['hello', '.env:1:1: this line does not set a variable; write NAME=value'],
    ['  1A=2', '.env:1:3: this line does not set a variable; write NAME=value'],
    ['A-B=2', '.env:1:1: this line does not set a variable; write NAME=value'],
    ['A=1\nA=2', '.env:2:1: A is set twice, first on line 1; keep one of them'],
    [
      'A="x',
      '.env:1:3: the quote that opens the value of A is not closed at its end; close it, with only a comment after it',
    ],
    [
      "export A = 'x' y",
      '.env:1:12: the quote that opens the value of A is not closed at its end; close it, with only a comment after it',
    ],
  ])('%j is a mistake', (text, problem) => {
    expect(formatProblems(parseDotenv('.env', text).problems)).toBe(problem)
  })
})
