/**
 * How a schema's fields go to browsers: the order is the schema's, the scale follows from its quantum.
 *
 * Times are what changes in every row, so they are predicted: a position was measured about now, and heard of when measured.
 */
import type { Schema, WireField as SchemaWireField } from '../../engine/records/index.ts'
import type { WireField } from './protocol.ts'

const PREDICTED_FROM: { readonly [name: string]: string } = {
  time_position_unix: 'clock',
  last_contact_unix: 'time_position_unix',
}

export function wireFields(schema: Schema): WireField[] {
  if (schema.wire[0]?.field !== schema.key)
    throw new TypeError(`schema ${schema.name}: its key must be the first on the wire`)
  return schema.wire.map(wireField)
}

function wireField({ name, field, quantum }: SchemaWireField): WireField {
  const predict = PREDICTED_FROM[name] ?? 'last'
  switch (field.type) {
    case 'string':
    case 'boolean':
      return { name, type: field.type, predict }
    case 'f64':
      return { name, type: 'number', scale: scaleOf(quantum), predict }
    default:
      throw new TypeError(`field ${name}: ${field.type} has no form on the wire`)
  }
}

/** 1 / quantum without the error of its division: what is meant is a whole number. */
function scaleOf(quantum: number): number {
  if (!(quantum > 0)) throw new RangeError(`a number on the wire needs a quantum, not ${quantum}`)
  return quantum < 1 ? Math.round(1 / quantum) : 1 / quantum
}
