/** What goes to Kafka of a traffic record where it is to be Avro, and its schema there. */
import type { Frame } from '../engine/records/index.ts'
import { traffic } from './traffic.ts'

type Json = ReturnType<typeof traffic.toAvro>

const { fields } = traffic.toAvro() as { fields: Json[] }

/** `traffic-event.avsc` is this. */
export const trafficEventAvro = {
  type: 'record',
  name: 'TrafficEvent',
  namespace: 'skein',
  doc: traffic.doc,
  fields: [
    fields[0]!,
    {
      name: 'timestamp',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'The end of the interval.',
    },
    ...fields.slice(1),
    { name: 'missing', type: 'boolean', doc: 'Whether the sensor told no speed.', default: false },
  ],
} as const

export function trafficEvent(frame: Frame): Record<string, unknown> {
  const missing = traffic.fields.speed_mph.isNull(frame)
  return { ...traffic.toObject(frame), timestamp: frame.time, missing }
}
