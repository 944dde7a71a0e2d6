/**
 * How far a sink has sent the log, as it is kept in Kafka: in a compacted topic with one partition, for each log and sink
 * the newest record.
 */
export interface KafkaPlace {
  /** Behind so many frames of the batch that begins at `position` in the log. */
  readonly position: number
  readonly frames: number
  /** The topics that have been sent up to there. */
  readonly topics: readonly string[]
}

/** Null when it is none. */
export function parsePlace(text: string): KafkaPlace | null {
  try {
    const { position, frames, topics } = JSON.parse(text) as Partial<KafkaPlace>
    const isPlace = Number.isSafeInteger(position) && Number.isSafeInteger(frames) && Array.isArray(topics)
    return isPlace ? { position: position!, frames: frames!, topics: topics! } : null
  } catch {
    return null
  }
}
