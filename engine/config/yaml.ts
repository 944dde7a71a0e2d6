/**
 * YAML 1.2 text to a tree of values that know their place.
 *
 * Reports every mistake it can find, never throws, and holds to `limits.ts`: nesting is measured before anything recursive
 * runs, and aliases count as the values they stand for. Tags, directives, merge keys and prototype keys are refused.
 */
import { Composer, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, Parser } from 'yaml'
import { MAX_VALUES } from './limits.ts'
import { type Place, type Problem, type ProblemReason, sortProblems } from './problem.ts'
import { type SyntaxMistake, tokenMistakes, yamlMistake } from './syntax.ts'
import { type ConfigNode, FORBIDDEN_KEYS, type MapEntry, type Scalar } from './tree.ts'
import { mask, unmask } from './variables.ts'

export type ParsedText = { readonly root: ConfigNode; readonly problems: readonly Problem[] }

/** Where an offset in the text is. */
type Placer = (offset: number) => Place

const COMPOSE = {
  version: '1.2',
  stringKeys: true,
  uniqueKeys: false,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const

/** Control characters, and the noncharacters that masking needs to itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufdd0-\ufdef\ufffe\uffff]/

/** A file's text; places are its lines and columns. */
export function parseFile(file: string, text: string): ParsedText {
  const lines = new LineCounter()
  const placer: Placer = (offset) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  return parse(text, placer, lines)
}

/** A value from elsewhere; everything in it is at one place. */
export function parseValue(place: Place, text: string): ParsedText {
  return parse(text, () => place, new LineCounter())
}

function parse(text: string, placer: Placer, lines: LineCounter): ParsedText {
  const tokens = [...new Parser(lines.addNewLine).parse(mask(text))]
  const broken = (mistakes: readonly SyntaxMistake[]): ParsedText => ({
    root: { kind: 'broken', place: placer(0) },
    problems: firstOfEachLine(
      mistakes.map(({ offset, ...words }) => ({ place: placer(offset), reason: 'syntax', ...words })),
    ),
  })

  const unprintable = UNPRINTABLE.exec(text)
  if (unprintable !== null) {
    const code = unprintable[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return broken([
      { offset: unprintable.index, message: `the character U+${code} cannot stand here`, next: 'remove it' },
    ])
  }
  const inTokens = tokenMistakes(tokens)
  if (inTokens.length > 0) return broken(inTokens)
  const [document, second] = [...new Composer({ ...COMPOSE, lineCounter: lines }).compose(tokens, true, text.length)]
  if (document === undefined) return broken([])
  const errors = [...document.errors, ...(second?.errors ?? [])].map(yamlMistake)
  if (second !== undefined) {
    errors.push({ offset: second.range[0], message: 'a second document starts here', next: 'keep one document a file' })
  }
  if (errors.length > 0) return broken(errors)
  if (document.directives.yaml.explicit === true) {
    return broken([{ offset: 0, message: 'directives are not supported', next: 'remove the line that starts with %' }])
  }
  return new TreeBuilder(placer).build(document)
}

/** One slip often upsets all that follows it on the line. */
function firstOfEachLine(problems: readonly Problem[]): Problem[] {
  const sorted = sortProblems(problems, [])
  return sorted.filter(({ place }, i) => i === 0 || place.line !== sorted[i - 1]!.place.line)
}

type Anchored = { readonly node: ConfigNode; readonly values: number }

class TreeBuilder {
  readonly #placer: Placer
  readonly #problems: Problem[] = []
  /** What stands behind each anchor; `undefined` while it is being built, when an alias to it would never end. */
  readonly #anchors = new Map<string, Anchored | undefined>()
  #values = 0

  constructor(placer: Placer) {
    this.#placer = placer
  }

  build({ contents }: Document.Parsed): ParsedText {
    return { root: this.#node(contents, 0), problems: this.#problems }
  }

  #node(node: ParsedNode | null, fallbackOffset: number): ConfigNode {
    const place = this.#placer(node?.range[0] ?? fallbackOffset)
    if (node !== null && isAlias(node)) return this.#alias(node.source, place)
    if (!this.#count(1)) return this.#tooMany(place)
    if (node === null) return { kind: 'scalar', place, value: null }
    if (node.tag !== undefined && node.tag !== '') {
      return this.#refuse(place, 'forbidden', 'tags (!…) are not supported', 'write the value without it')
    }
    const { anchor } = node
    if (anchor === undefined) return this.#untagged(node, place)
    const before = this.#values
    this.#anchors.set(anchor, undefined)
    const built = this.#untagged(node, place)
    this.#anchors.set(anchor, { node: built, values: this.#values - before + 1 })
    return built
  }

  #untagged(node: ParsedNode, place: Place): ConfigNode {
    if (isSeq(node)) return { kind: 'list', place, items: node.items.map((item) => this.#node(item as ParsedNode, 0)) }
    if (isMap(node)) return this.#map(node as ParsedNode & { items: YamlPair[] }, place)
    const value = isScalar(node) ? (node.value as Scalar) : null
    return { kind: 'scalar', place, value: typeof value === 'string' ? unmask(value) : value }
  }

  #alias(name: string, place: Place): ConfigNode {
    const target = this.#anchors.get(name)
    if (target !== undefined) return this.#count(target.values) ? target.node : this.#tooMany(place)
    if (this.#anchors.has(name)) {
      return this.#refuse(place, 'forbidden', 'this alias stands inside its own anchor', 'remove it')
    }
    const next = 'define it above with &, or quote the value if the * is text'
    return this.#refuse(place, 'forbidden', 'this alias has no anchor before it', next)
  }

  #count(values: number): boolean {
    this.#values += values
    return this.#values <= MAX_VALUES
  }

  /** Once: all that follows is too many as well. */
  #tooMany(place: Place): ConfigNode {
    const message = `more than ${MAX_VALUES} values, aliases followed`
    if (this.#problems.some((problem) => problem.message === message)) return { kind: 'broken', place }
    return this.#refuse(place, 'forbidden', message, 'split it, or use fewer aliases')
  }

  #map(node: { items: YamlPair[] }, place: Place): ConfigNode {
    const entries = new Map<string, MapEntry>()
    for (const pair of node.items) {
      const keyOffset = pair.key.range[0]
      const key = unmask(String(pair.key.value ?? ''))
      const keyPlace = this.#placer(keyOffset)
      const value = this.#node(pair.value, pair.key.range[2])
      if (this.#acceptKey(key, keyPlace, entries)) entries.set(key, { keyPlace, value })
    }
    return { kind: 'map', place, entries }
  }

  #acceptKey(key: string, place: Place, entries: ReadonlyMap<string, MapEntry>): boolean {
    const first = entries.get(key)
    if (first !== undefined) {
      const at = first.keyPlace.line === undefined ? 'before' : `on line ${first.keyPlace.line}`
      this.#refuse(place, 'duplicate_key', `"${key}" is given twice, first ${at}`, 'keep one of them')
    } else if (FORBIDDEN_KEYS.has(key)) {
      this.#refuse(place, 'forbidden', `"${key}" cannot be a key`, 'choose another name')
    } else if (key === '<<') {
      const next = 'use an alias for a whole value, or repeat the options'
      this.#refuse(place, 'forbidden', 'merge keys (<<) are not YAML 1.2', next)
    } else if (key.includes('${')) {
      this.#refuse(place, 'forbidden', 'variables are substituted in values only, not in keys', 'write the key out')
    } else {
      return true
    }
    return false
  }

  #refuse(place: Place, reason: ProblemReason, message: string, next: string): ConfigNode {
    this.#problems.push({ place, reason, message, next })
    return { kind: 'broken', place }
  }
}

type YamlPair = { key: { value: unknown; range: [number, number, number] }; value: ParsedNode | null }
