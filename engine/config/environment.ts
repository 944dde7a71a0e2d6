/**
 * The variables a configuration may name: the process's own, then those of a `.env` file.
 *
 * A variable set to nothing counts as not set, as `:-` has it in a shell: container files often pass `NAME=` on.
 */
import { type DotenvEntry, parseDotenv } from './dotenv.ts'
import type { Problem } from './problem.ts'
import { type ReadFile, readText } from './read.ts'

export type Environment = {
  readonly lookUp: (name: string) => string | undefined
  /** `environment variable X`, or with the place in the `.env` file that set it. */
  readonly describe: (name: string) => string
  /** What the `.env` file sets. */
  readonly fromFile: ReadonlyMap<string, DotenvEntry>
}

type Options = {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Path of a `.env` file; it need not exist. */
  readonly dotenv?: string | undefined
  readonly readFile?: ReadFile | undefined
}

export function openEnvironment({ variables, dotenv, readFile }: Options): {
  environment: Environment
  problems: readonly Problem[]
} {
  const { entries, problems } = dotenv === undefined ? NOTHING : readDotenv(dotenv, readFile)
  const own = (name: string) => (Object.hasOwn(variables, name) ? variables[name] || undefined : undefined)
  const environment: Environment = {
    fromFile: entries,
    lookUp: (name) => own(name) ?? (entries.get(name)?.value || undefined),
    describe: (name) => {
      const place = own(name) === undefined ? entries.get(name)?.place : undefined
      return place === undefined ? `environment variable ${name}` : `${name} in ${place.file}:${place.line}`
    },
  }
  return { environment, problems }
}

const NOTHING = { entries: new Map<string, DotenvEntry>(), problems: [] }

function readDotenv(file: string, readFile: ReadFile | undefined) {
  const read = readText(file, readFile)
  if ('text' in read) return parseDotenv(file, read.text)
  if (read.missing) return NOTHING
  return { ...NOTHING, problems: [{ place: { file }, ...read.problem }] }
}
