/** The record that every way of passing it must write field by field and read field by field: 96 bytes. */
import type { FrameMemory } from '../../engine/memory/frame-memory.ts'

export const RECORD_BYTES = 96

/** As an object: what one posts without shared memory. */
export interface RecordObject {
  id: number
  source: number
  a: number
  b: number
  c: number
  d: number
  e: number
  f: number
  g: number
  h: number
  i: number
  j: number
}

export function objectOf(n: number): RecordObject {
  return {
    id: n,
    source: 7,
    a: n,
    b: n + 1,
    c: n + 2,
    d: n + 3,
    e: n + 4,
    f: n + 5,
    g: n + 6,
    h: n + 7,
    i: n + 8,
    j: n + 9,
  }
}

// Sums are made in pairs, so that it is not one chain of additions that is measured.

export function sumOfObject(r: RecordObject): number {
  return r.id + r.source + (r.a + r.b + (r.c + r.d)) + (r.e + r.f + (r.g + r.h) + (r.i + r.j))
}

/** Writes everything behind the length. */
export function writeRecord({ i32, f64 }: FrameMemory, offset: number, n: number): void {
  const word = offset >> 2
  const double = (offset >> 3) + 2
  i32[word + 1] = 1
  i32[word + 2] = n
  i32[word + 3] = 7
  f64[double] = n
  f64[double + 1] = n + 1
  f64[double + 2] = n + 2
  f64[double + 3] = n + 3
  f64[double + 4] = n + 4
  f64[double + 5] = n + 5
  f64[double + 6] = n + 6
  f64[double + 7] = n + 7
  f64[double + 8] = n + 8
  f64[double + 9] = n + 9
}

export function sumOfRecord({ i32, f64 }: FrameMemory, offset: number): number {
  const word = offset >> 2
  const double = (offset >> 3) + 2
  const a = f64[double]! + f64[double + 1]! + (f64[double + 2]! + f64[double + 3]!)
  const b = f64[double + 4]! + f64[double + 5]! + (f64[double + 6]! + f64[double + 7]!)
  return i32[word + 2]! + i32[word + 3]! + (f64[double + 8]! + f64[double + 9]!) + (a + b)
}

/** What a consumer of records 0 to count − 1 must come to. */
export function expectedSum(count: number): number {
  return 11 * ((count * (count - 1)) / 2) + count * (7 + 45)
}
