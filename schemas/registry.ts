/** Every schema by its id, as it stands in frames. */
import { deadLetter, type Schema } from '../engine/records/index.ts'
import { event } from './event.ts'
import { flight } from './flight.ts'
import { quote } from './quote.ts'
import { traffic } from './traffic.ts'

export const schemas: readonly Schema[] = [deadLetter, flight, event, quote, traffic] as unknown as readonly Schema[]

const byId: readonly (Schema | undefined)[] = schemas.reduce<(Schema | undefined)[]>((list, schema) => {
  list[schema.id] = schema
  return list
}, [])

/** Undefined for a schema that this version does not know. */
export function schemaById(id: number): Schema | undefined {
  return byId[id]
}
