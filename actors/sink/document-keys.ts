/** An option of sinks that keep events as documents. */
import { z } from 'zod'

const fieldName = () =>
  z
    .string()
    .min(1)
    .max(200)
    .refine((name) => !name.startsWith('$') && !name.includes('.'), 'must be the name of a field, without $ and dots')

export function documentKeys() {
  return z
    .record(z.string().min(1).max(120), z.array(fieldName()).min(1).max(8))
    .default({})
    .describe(
      'By source of events: the fields of the payload, or `event_id` and `event_timestamp`, of which there is one document; `event_id` unless given.',
    )
}
