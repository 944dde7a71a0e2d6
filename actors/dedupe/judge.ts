/**
 * The verdict on one record, from its own time t and the time A of the record accepted last for its key.
 *
 *        A − tolerance            A            A + tolerance (news) or A + window (first)
 *   late ────────┤  duplicate  ────┼────────────────┤ accepted ────►  t
 *
 * Pure. `admit: news` accepts whatever is newer by the tolerance, whoever brings it; `admit: first` at most one record per
 * key and window.
 */
export const Verdict = { accepted: 0, duplicate: 1, late: 2 } as const
export type Verdict = (typeof Verdict)[keyof typeof Verdict]

export interface JudgeOptions {
  admit: 'news' | 'first'
  /** Times closer than this are the same moment: readsb rounds to 0.1 s. */
  toleranceMs: number
  windowMs: number
}

/** How much newer than A a record must be to be accepted. */
export function newsThresholdMs({ admit, toleranceMs, windowMs }: JudgeOptions): number {
  return admit === 'news' ? toleranceMs : windowMs
}

export function judge(timeMs: number, acceptedMs: number, thresholdMs: number): Verdict {
  const newer = timeMs - acceptedMs
  if (newer >= thresholdMs) return Verdict.accepted
  return -newer >= thresholdMs ? Verdict.late : Verdict.duplicate
}
