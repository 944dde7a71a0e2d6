/**
 * The frames of the ring's stress test, whose every word is told by number and place: a torn or mixed-up one shows.
 *
 *   length │ kind │ number │ whether it is the last │ words that depend on number and place …
 */
import type { FrameMemory } from '../../../engine/memory/frame-memory.ts'

export const HEAD_BYTES = 16

export const strideAt = (memory: FrameMemory, offset: number): number => (memory.i32[offset >> 2]! + 7) & ~7
export const isLastAt = (memory: FrameMemory, offset: number): boolean => memory.i32[(offset >> 2) + 3] === 1

const wordOf = (number: number, place: number): number => Math.imul(number + place, 0x9e3779b1)

/** Writes all but the length, which the claim has set. */
export function fillFrame(memory: FrameMemory, offset: number, length: number, number: number, isLast: boolean): void {
  const word = offset >> 2
  memory.i32[word + 1] = 1
  memory.i32[word + 2] = number
  memory.i32[word + 3] = isLast ? 1 : 0
  for (let i = 4; i < length >> 2; i++) memory.i32[word + i] = wordOf(number, i)
}

/** Checks a frame word by word; returns its number. */
export function checkFrame(memory: FrameMemory, offset: number): number {
  const word = offset >> 2
  const number = memory.i32[word + 2]!
  for (let i = 4; i < memory.i32[word]! >> 2; i++)
    if (memory.i32[word + i] !== wordOf(number, i)) throw new Error(`frame ${number} is torn at word ${i}`)
  return number
}

/** Adds a frame to a running checksum over all of them, in order. */
export const mix = (checksum: number, number: number, length: number): number =>
  (Math.imul(checksum, 31) + number + length) | 0

/** xorshift32: whole numbers below a bound, the same for the same seed. */
export function randomFrom(seed: number): (bound: number) => number {
  let state = seed | 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}
