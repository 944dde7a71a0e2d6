/**
 * Where a secret may come from: a variable, or a file. Anything else is refused without being repeated.
 */
import type { Problem } from './problem.ts'
import { type ReadFile, readText } from './read.ts'
import { Secret } from './secret.ts'
import type { ConfigNode } from './tree.ts'

export type OpenedSecret = { readonly variables: readonly string[] } & (
  | { readonly secret: Secret | undefined }
  | { readonly mistake: Pick<Problem, 'message' | 'next'> }
)

const NEXT = `write \${NAME} and set NAME in the environment, or { file: path }`

/** `\${NAME:}` with NAME not set gives no secret: the option is left out. */
export function openSecret(node: ConfigNode, readFile?: ReadFile): OpenedSecret {
  if (node.kind === 'map') return fromFile(node.entries.get('file')?.value, node.entries.size, readFile)
  const substitution = node.kind === 'scalar' ? node.substitution : undefined
  if (node.kind !== 'scalar' || substitution === undefined) {
    return refuse('a secret cannot stand in the configuration itself')
  }
  const variables = substitution.names
  if (!substitution.whole) return refuse('a secret cannot have text around its variable', variables)
  if (node.value === '') return { variables, secret: undefined }
  if (substitution.defaulted) return refuse('a secret cannot have a default in the configuration', variables)
  return { variables, secret: new Secret(String(node.value), { variable: variables[0]! }) }
}

function fromFile(path: ConfigNode | undefined, keys: number, readFile: ReadFile | undefined): OpenedSecret {
  if (keys !== 1 || path?.kind !== 'scalar' || typeof path.value !== 'string') {
    return refuse('a secret is a variable or a mapping with "file" alone')
  }
  const read = readText(path.value, readFile)
  if ('problem' in read) {
    return { variables: [], mistake: { message: `"${path.value}" ${read.problem.message}`, next: read.problem.next } }
  }
  const value = read.text.replace(/\r?\n$/, '')
  if (value === '')
    return { variables: [], mistake: { message: `"${path.value}" is empty`, next: 'put the secret in it' } }
  return { variables: [], secret: new Secret(value, { file: path.value }) }
}

function refuse(message: string, variables: readonly string[] = []): OpenedSecret {
  return { variables, mistake: { message, next: NEXT } }
}

const SECRET_NAME = /SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|PRIVATE/i

/** Whether a variable's name says that its value is not for showing. */
export function looksSecret(name: string): boolean {
  return SECRET_NAME.test(name)
}
