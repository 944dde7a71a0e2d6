/**
 * YAML's own mistakes in words that say what to do. Nothing of the text is repeated: it may be a secret in a wrong place.
 */
import type { CST, YAMLError } from 'yaml'
import { MAX_DEPTH } from './limits.ts'

export type SyntaxMistake = { readonly offset: number; readonly message: string; readonly next: string }

const ADVICE: Partial<Record<YAMLError['code'], readonly [message: string, next: string]>> = {
  TAB_AS_INDENT: ['a tab is used as indentation', 'indent with spaces'],
  BAD_INDENT: [
    'the indentation does not fit what is above',
    'give the lines of one mapping or list the same indentation',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a mapping cannot start on the line of another key',
    'indent the keys of one mapping alike, or quote a value that holds ": "',
  ],
  MULTILINE_IMPLICIT_KEY: ['this line has no key', 'write "key: value" with a space after the colon'],
  BLOCK_IN_FLOW: ['a block cannot start inside { } or [ ]', 'write it as { } or [ ] too'],
  MISSING_CHAR: ['a key has no value and no colon', 'write "key: value" with a space after the colon'],
  BAD_SCALAR_START: ['a value cannot start with this character', 'put the value in quotes'],
  BAD_DQ_ESCAPE: ['an unknown escape in double quotes', 'write \\\\ for a backslash, or use single quotes'],
  MULTIPLE_DOCS: ['a second document starts here', 'keep one document a file'],
  NON_STRING_KEY: ['a key must be plain text', 'write "key: value"'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', 'shorten it'],
  MULTIPLE_ANCHORS: ['a value has two anchors', 'keep one'],
  BAD_ALIAS: ['an anchor or alias has no proper name', 'use letters, digits, - and _'],
  ALIAS_PROPS: ['an alias cannot have an anchor or tag', 'remove it'],
  UNEXPECTED_TOKEN: ['this cannot stand here', 'quote it if it is text, or check the punctuation before it'],
}

export function yamlMistake({ pos, code }: YAMLError): SyntaxMistake {
  const [message, next] = ADVICE[code] ?? [`not YAML 1.2 (${code})`, 'correct the syntax']
  return { offset: pos[0], message, next }
}

/** Found in the tokens because YAML reports them where the text ends, or nests too deep to compose at all. */
export function tokenMistakes(tokens: readonly CST.Token[]): SyntaxMistake[] {
  const mistakes = new Set<SyntaxMistake>()
  const pending: Visit[] = tokens.map((token) => ({ token, depth: 0, within: undefined }))
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { token, depth } = visit
    if (depth > MAX_DEPTH) {
      const message = `more than ${MAX_DEPTH} mappings and lists inside one another`
      return [{ offset: token.offset, message, next: 'flatten it' }]
    }
    let { within } = visit
    const opening = missingEnd(token)
    if (opening !== undefined) {
      if (within !== undefined) mistakes.delete(within)
      const message = `the ${opening} opened here is never closed`
      within = { offset: token.offset, message, next: `close it with ${CLOSING[opening]}` }
      mistakes.add(within)
    }
    for (const inner of innerTokens(token)) pending.push({ token: inner, depth: depth + 1, within })
  }
  return [...mistakes]
}

/** `within`: the unclosed bracket around the token. One inside it that is unclosed too explains them both. */
type Visit = { readonly token: CST.Token; readonly depth: number; readonly within: SyntaxMistake | undefined }

const CLOSING = { '"': '"', "'": "'", '{': '}', '[': ']' } as const
type Opening = keyof typeof CLOSING

function missingEnd(token: CST.Token): Opening | undefined {
  if (token.type === 'flow-collection') {
    const [opening, end] =
      token.start.type === 'flow-map-start' ? (['{', 'flow-map-end'] as const) : (['[', 'flow-seq-end'] as const)
    return token.end.some(({ type }) => type === end) ? undefined : opening
  }
  if (token.type === 'double-quoted-scalar') return /^"(?:[^"\\]|\\.)*"$/s.test(token.source) ? undefined : '"'
  if (token.type === 'single-quoted-scalar') return /^'(?:[^']|'')*'$/s.test(token.source) ? undefined : "'"
  return undefined
}

function innerTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value]
  if (!('items' in token)) return []
  return token.items.flatMap(({ key, value }) => [key, value].filter((inner) => inner != null))
}
