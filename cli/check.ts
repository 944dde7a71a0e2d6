/** `skein check` and `skein print`: a configuration without starting anything. */
import { printConfig } from '../engine/config/index.ts'
import { loadPipeline, requestFor } from './load.ts'
import { pipelineSchema } from './pipeline.ts'
import { planOf } from './plan.ts'

export function check(file: string, { set }: { set: string[] }): void {
  const { config } = loadPipeline(requestFor(file, set))
  const plan = planOf(config)
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
  console.log(
    `${file}: ok; ${count(plan.sources.length, 'source')}, ${count(plan.dedupe.lanes, 'lane')}, ${count(plan.readers.length, 'reader')}`,
  )
}

export function print(file: string, { set }: { set: string[] }): void {
  const { config } = loadPipeline(requestFor(file, set))
  console.log(printConfig(pipelineSchema, config).trimEnd())
}
