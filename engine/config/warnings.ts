/**
 * What is allowed and probably not meant.
 */
import type { Environment } from './environment.ts'
import type { NamedVariable } from './interpolate.ts'
import type { Problem } from './problem.ts'
import { looksSecret } from './secret-source.ts'
import { nearest } from './suggest.ts'

type Named = {
  /** The variables a configuration names. */
  readonly variables: readonly NamedVariable[]
  /** Those that its secrets are made from. */
  readonly secretVariables: ReadonlySet<string>
  readonly environment: Environment
}

export function warningsOf(named: Named): Problem[] {
  return [...unusedInFile(named), ...shownSecrets(named)]
}

/** In `.env` and not named by the configuration, though it names one much like it. */
function unusedInFile({ variables, environment }: Named): Problem[] {
  const known = new Set(variables.map(({ name }) => name))
  return Array.from(environment.fromFile).flatMap(([name, { place }]): Problem[] => {
    const meant = known.has(name) ? undefined : nearest(name, known)
    if (meant === undefined) return []
    return [{ place, reason: 'variable', message: `${name} is not used`, next: `did you mean "${meant}"?` }]
  })
}

/** Named like a secret, in an option that is printed and logged. */
function shownSecrets({ variables, secretVariables, environment }: Named): Problem[] {
  const shown = ({ name }: NamedVariable) =>
    looksSecret(name) && !secretVariables.has(name) && environment.lookUp(name) !== undefined
  return variables.filter(shown).map(({ name, place }) => ({
    place,
    reason: 'secret',
    message: `${name} is named like a secret, and this option is not kept secret`,
    next: 'use an option for secrets, or rename the variable',
  }))
}
