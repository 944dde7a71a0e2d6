/**
 * From a file to a checked configuration, or to everything that is wrong with it.
 *
 * The order is: parse, follow includes, put in `--set`, substitute variables, bind, validate. Later steps go on where
 * earlier ones found mistakes, so that all are reported at once, and keep silent about what has been reported. Nothing of
 * the environment is changed; nothing is thrown for a mistake in a configuration.
 */
import type { z } from 'zod'
import { bind, type Origin } from './bind.ts'
import { type Environment, openEnvironment } from './environment.ts'
import { followIncludes } from './include.ts'
import { interpolate, type NamedVariable, variablesNamed } from './interpolate.ts'
import { problemsOf } from './issues.ts'
import { formatProblems, type Problem, sortProblems } from './problem.ts'
import { type ReadFile, readText } from './read.ts'
import { applySettings } from './set.ts'
import { shapeOf } from './shape.ts'
import type { ConfigNode } from './tree.ts'
import { warningsOf } from './warnings.ts'
import { parseFile } from './yaml.ts'

export type LoadOptions<Root extends z.ZodType> = {
  /** Path of the configuration, as it is to appear in messages. */
  readonly file: string
  /** Its text, where it is not to be read from the file. */
  readonly text?: string
  readonly root: Root
  /** The process's environment; nothing unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Path of a `.env` file, under the process's environment; it need not exist. */
  readonly dotenv?: string
  /** `path=value`, over everything else; later ones win. */
  readonly set?: readonly string[]
  readonly readFile?: ReadFile
}

export type Loaded<Config> = {
  readonly ok: true
  readonly config: Config
  /** Where each given value came from, by its path; what is not there is a default. */
  readonly origins: ReadonlyMap<string, Origin>
  readonly warnings: readonly Problem[]
  readonly variables: readonly NamedVariable[]
  /** The configuration's files, first the one asked for: what to watch. */
  readonly files: readonly string[]
}

export type Refused = { readonly ok: false; readonly problems: readonly Problem[]; readonly files: readonly string[] }

export function loadConfig<Root extends z.ZodType>(options: LoadOptions<Root>): Loaded<z.output<Root>> | Refused {
  const { root: schema, env = {}, dotenv, set = [], readFile } = options
  const shape = shapeOf(schema)
  const { environment, problems: inDotenv } = openEnvironment({ variables: env, dotenv, readFile })
  const written = readTree(options, environment)
  const settings = applySettings(written.node, set)
  const { node, problems: inVariables } = interpolate(settings.node, environment)
  const bound = bind(node, shape, environment, readFile)
  const found = [...inDotenv, ...written.problems, ...settings.problems, ...inVariables, ...bound.problems]

  const read = node.kind === 'broken' ? undefined : schema.safeParse(bound.value)
  if (read?.error) found.push(...problemsOf(read.error.issues, { root: node, shape, bound, environment }))
  const { files } = written
  if (found.length > 0 || !read?.success) return { ok: false, problems: onceEach(sortProblems(found, files)), files }

  const variables = variablesNamed(settings.node)
  const warnings = warningsOf({ variables, secretVariables: bound.secretVariables, environment })
  return { ok: true, config: read.data, origins: bound.origins, warnings, variables, files }
}

/** Which variables a configuration and what it includes name, whether or not they are set. */
export function configVariables(options: LoadOptions<z.ZodType>): readonly NamedVariable[] {
  const { environment } = openEnvironment({ variables: options.env ?? {}, readFile: options.readFile })
  return variablesNamed(readTree(options, environment).node)
}

function readTree({ file, text, root, readFile }: LoadOptions<z.ZodType>, environment: Environment) {
  const read = text === undefined ? readText(file, readFile) : { text }
  if ('problem' in read) {
    const node: ConfigNode = { kind: 'broken', place: { file } }
    return { node, files: [file], problems: [{ place: { file }, ...read.problem }] }
  }
  const parsed = parseFile(file, read.text)
  const included = followIncludes(parsed.root, shapeOf(root), file, { environment, readFile })
  return { ...included, problems: [...parsed.problems, ...included.problems] }
}

/** A file that is included twice has its mistakes once. */
function onceEach(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [formatProblems([problem]), problem])).values()]
}
