export * from './mapped-decoder.ts'
export * from './mark.ts'
export * from './spec.ts'
