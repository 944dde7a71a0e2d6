export * from './mapped-decoder.ts'
export * from './spec.ts'
