/**
 * Where things lie in a histogram, in f64 slots from its first.
 *
 *   slot 0     1     2                                             898
 *   +-------+-----+----------------------------------------------+
 *   | sum   | max | counts, one for each of 896 buckets          |
 *   +-------+-----+----------------------------------------------+
 *
 * Buckets are log-linear: each power of two is cut into 32 equal parts, so a bucket is at most 1/32 of its values wide.
 *
 *   bucket   0 … 63      64 … 95         96 … 127         …   864 … 895
 *   values   0 … 63 µs   64 … 127 µs     128 … 255 µs     …   2^31 … 2^32 − 1 µs (71 minutes)
 *   width    1           2               4                …   2^26
 */
export const SUM = 0
export const MAX = 1
export const COUNTS = 2

/** log2 of the parts that a power of two is cut into. */
export const PART_BITS = 5
export const PARTS = 1 << PART_BITS
export const LARGEST_US = 2 ** 32 - 1
export const BUCKETS = (32 - PART_BITS + 1) * PARTS
export const HISTOGRAM_SLOTS = COUNTS + BUCKETS

/** The bucket of a whole number of microseconds from 0 to `LARGEST_US`. */
export function bucketOf(us: number): number {
  const shift = Math.max(31 - PART_BITS - Math.clz32(us), 0)
  return (shift << PART_BITS) + (us >>> shift)
}

/** The smallest value of a bucket. */
export function lowestOf(bucket: number): number {
  const shift = Math.max((bucket >> PART_BITS) - 1, 0)
  return (bucket - (shift << PART_BITS)) * 2 ** shift
}

/** How many whole values a bucket takes. */
export function widthOf(bucket: number): number {
  return 2 ** Math.max((bucket >> PART_BITS) - 1, 0)
}
