/** Loads a pipeline's configuration for a command, or says everything that is wrong with it. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
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

/** What is one source rather than a pipeline: an entry of `sources` in a file of its own. */
const SOURCE_ALONE = /^(poll|replay|kafka|csv|push):/m
const PIPELINE = /^sources:/m

/** A file of one source, as a pipeline of that alone; a pipeline as it is. */
export function requestFor(file: string, set: readonly string[]): LoadRequest {
  const text = textOf(file)
  if (!SOURCE_ALONE.test(text) || PIPELINE.test(text)) return { file, set }
  const pipeline = `name: source\nsources: { source: { include: ${JSON.stringify(resolve(file))} } }\n`
  return { file: 'a pipeline of it alone', text: pipeline, set }
}

/** Empty for what cannot be read: whoever loads it says so. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
