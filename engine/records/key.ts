/**
 * Keys: a hash finds, bytes decide. The hash is stored on disk and in the choice of lanes, so it never changes:
 * 32-bit FNV-1a with the finaliser of MurmurHash3 (both public domain), which spreads short keys over all bits.
 */
export function hashKey(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Which of `lanes` lanes has the keys with this hash. */
export function laneOf(hash: number, lanes: number): number {
  return lanes === 1 ? 0 : (hash >>> 0) % lanes
}

/** Orders keys by their bytes; a key sorts after its own prefix. */
export function compareKeys(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const shared = Math.min(aLength, bLength)
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aLength - bLength
}
