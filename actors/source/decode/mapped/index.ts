export * from './mapped-decoder.ts'
export * from './mark.ts'
export * from './spec.ts'
export { TIME_UNITS } from './time.ts'
