/** Positions of polled rows begin at the wall clock, in these parts of a millisecond. */
export const POSITIONS_PER_MS = 1024
