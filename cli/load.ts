/** Loads a pipeline's configuration for a command, or says everything that is wrong with it. */
import { configError, formatProblems, loadConfig } from '../engine/config/index.ts'
import { type Pipeline, pipelineSchema } from './pipeline.ts'

export interface LoadRequest {
  file: string
  text?: string
  set?: readonly string[]
}

/** Throws `SKEIN_CONFIG_INVALID` after printing every problem. */
export function loadPipeline({ file, text, set }: LoadRequest) {
  const loaded = loadConfig({ file, text, root: pipelineSchema, env: process.env, dotenv: '.env', set })
  if (!loaded.ok) {
    console.error(formatProblems(loaded.problems))
    throw configError(loaded.problems)
  }
  if (loaded.warnings.length > 0) console.error(formatProblems(loaded.warnings))
  return loaded as typeof loaded & { config: Pipeline }
}
