/**
 * The closed lists of reasons. Their indexes are stored on disk: add at the end, never reorder or reuse.
 */

/** Why a readable record was left out. Counted, not kept. */
export const DISCARD_REASONS = [
  'no_key',
  'no_position',
  'outside_bbox',
  'stale_position',
  'unchanged',
  'tombstone',
  'too_old',
] as const
export type DiscardReason = (typeof DISCARD_REASONS)[number]

/** Why input was refused. Counted, and kept with its bytes. */
export const DEAD_LETTER_REASONS = [
  'bad_json',
  'bad_utf8',
  'bad_shape',
  'bad_key',
  'bad_value',
  'latitude_range',
  'longitude_range',
  'time_ahead',
  'too_large',
  'truncated',
  'table_full',
  'poison',
] as const
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number]

/** Which part refused it. */
export const STAGES = ['source', 'shard', 'dedupe', 'journal', 'sink'] as const
export type Stage = (typeof STAGES)[number]
