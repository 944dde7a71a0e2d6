/**
 * Four bytes of text at once, in one 32-bit word with the first byte lowest.
 *
 * A test sets the high bit of each byte that it holds for. Above the lowest such byte it may err, by a borrow or a
 * carry; the lowest one is always right, and so is the lowest of several tests together (H. Warren, Hacker's Delight,
 * 6-1).
 */

const ONES = 0x01010101
const HIGH_BITS = 0x80808080 | 0
/** What carries a byte above 9 into its high bit. */
const ABOVE_NINE = 0x76767676
const ABOVE_SIX = 0x79797979
const CASE_OF_LETTERS = 0x40404040

/** Four ASCII characters as a word. */
export function wordOf(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE()
}

const SPACES = wordOf('    ')
const QUOTES = wordOf('""""')
const BACKSLASHES = wordOf('\\\\\\\\')
const ZEROS = wordOf('0000')
const BEFORE_A = wordOf('````')

export const NULL = wordOf('null')
export const TRUE = wordOf('true')
/** `false` but for its last letter. */
export const FALS = wordOf('fals')
export const FOUR_SPACES = SPACES

/** Index of the lowest byte whose high bit is set; 4 for none. */
const lowestByte = (marks: number): number => {
  const high = marks & HIGH_BITS
  return high === 0 ? 4 : (31 - Math.clz32(high & -high)) >> 3
}

/** How many bytes a string goes on before a quote, a backslash or a control character: 0 to 4. */
export const plainBytes = (word: number): number => {
  const quote = word ^ QUOTES
  const backslash = word ^ BACKSLASHES
  return lowestByte(((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((word - SPACES) & ~word))
}

/** The digits' values, a byte each, in place of their characters. */
export const digitsIn = (word: number): number => word ^ ZEROS

/** How many digits stand at the beginning of `digitsIn(word)`: 0 to 4. */
export const countDigits = (digits: number): number => lowestByte((digits + ABOVE_NINE) | digits)

/** The integer that the first `count` digits of `digitsIn(word)` spell. */
export const valueOfDigits = (digits: number, count: number): number => {
  const half = 16 - count * 4
  const aligned = (digits << half) << half // by 32 for none, which one shift cannot do
  const pairs = (Math.imul(aligned, 10) + (aligned >>> 8)) & 0x00ff00ff
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff
}

/** With its capital letters made small. Other bytes may change too, but no digit does and none becomes a digit. */
export const lowerCase = (word: number): number => word | ((word & CASE_OF_LETTERS) >>> 1)

/** Whether all of the first `count` bytes are hexadecimal digits in lower case. */
export const areHexDigits = (word: number, count: number): boolean => {
  const digits = word ^ ZEROS
  const letters = word ^ BEFORE_A
  const notDigits = (digits + ABOVE_NINE) | digits
  const notLetters = (letters + ABOVE_SIX) | letters | ((letters - ONES) & ~letters)
  return (notDigits & notLetters & HIGH_BITS & firstBytes(count)) === 0
}

/** A mask for the first bytes of a word: all of them from 4 on, none up to 0. */
export const firstBytes = (count: number): number => {
  if (count >= 4) return -1
  return count <= 0 ? 0 : (1 << (count * 8)) - 1
}

/** Whether any byte is beyond ASCII. */
export const isBeyondAscii = (word: number): boolean => (word & HIGH_BITS) !== 0
