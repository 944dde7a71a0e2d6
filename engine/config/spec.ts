/** What a component needs to say its options: no YAML, no files, so that a worker that imports it starts quickly. */
export { bytes } from './bytes.ts'
export { type ComponentSpec, defineComponent } from './component.ts'
export { duration } from './duration.ts'
export type { IssueParams } from './problem.ts'
export { type Rate, rate } from './rate.ts'
export { Secret, secret } from './secret.ts'
export { entryName, fraction, path, port } from './values.ts'
