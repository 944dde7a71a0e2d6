/** A record that its topic in Kafka does not take: what goes to that topic's dead letters instead. */
import { createHash } from 'node:crypto'

/** Of the value so much is kept, as of all dead letters. */
const KEPT_BYTES = 64 << 10

export interface Refused {
  readonly topic: string
  readonly key: string
  readonly value: string | Buffer
  /** Of the record in the log. */
  readonly offset: number
  readonly refusedMs: number
}

export function refusal({ topic, key, value, offset, refusedMs }: Refused) {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return {
    topic,
    key,
    reason: 'too_large',
    stage: 'sink',
    attempts: 1,
    offset,
    full_bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    refused_at: new Date(refusedMs).toISOString(),
    input_base64: bytes.subarray(0, KEPT_BYTES).toString('base64'),
  }
}
