export * from './connect-flights.ts'
export { FlightDecoder, type Outcome } from './flight-decoder.ts'
export { type FlightTable, NOT_KNOWN } from './flight-table.ts'
