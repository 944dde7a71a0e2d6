import type { BooleanField, F64Field, Schema, StringField } from '../../../engine/records/index.ts'
import { wireFields } from '../wire-fields.ts'
import { BooleanColumn } from './boolean-column.ts'
import type { Column } from './column.ts'
import { NumberColumn } from './number-column.ts'
import { StringColumn } from './string-column.ts'

/** The columns of a schema's fields on the wire, the key first. */
export function columnsOf(schema: Schema): Column[] {
  const columns: Column[] = []
  for (const [index, field] of wireFields(schema).entries()) {
    const source = schema.wire[index]!.field
    if (field.type === 'number') columns.push(new NumberColumn(field, source as F64Field, index, columns))
    else if (field.type === 'string') columns.push(new StringColumn(field, source as StringField, index))
    else columns.push(new BooleanColumn(field, source as BooleanField, index))
  }
  return columns
}
