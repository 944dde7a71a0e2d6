import { expect } from 'vitest'
import type { LogContent } from './log-content.ts'

/** The same frames, in the same order, and the same end; where the barriers fell on the way is a matter of timing. */
export function expectSameLog(actual: LogContent, expected: LogContent, context: string): void {
  if (JSON.stringify(actual.frames) !== JSON.stringify(expected.frames)) {
    // Only where they part: a difference of whole logs is unreadable and takes minutes.
    const at = actual.frames.findIndex((frame, i) => JSON.stringify(frame) !== JSON.stringify(expected.frames[i]))
    const part = ({ frames }: LogContent) => ({ at, of: frames.length, frames: frames.slice(at, at + 3) })
    expect(part(actual), context).toEqual(part(expected))
  }
  expect(actual.end, context).toEqual(expected.end)
}
