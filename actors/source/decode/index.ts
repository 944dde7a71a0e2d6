export * from './context.ts'
export * from './decoder.ts'
export * from './detect.ts'
export * from './formats.ts'
