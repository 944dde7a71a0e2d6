/**
 * The grammar of `${NAME}` and `${NAME:default}` inside text; `$${` stands for a literal `${`.
 *
 * A reference is one word: until YAML has been parsed it is masked, character for character, so that braces, colons and
 * quotes in it mean nothing to YAML, positions stay true, and no value of any variable can change the structure.
 */
export type Reference = { readonly name: string; readonly default: string | undefined }
export type TemplatePart = string | Reference
export type Template = readonly TemplatePart[]

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::((?:(?!\$\{)[^}\n])*))?\}/g

/** The characters with a meaning in YAML, and for each a Unicode noncharacter, which no text may hold. */
const MEANINGFUL = '{}[],:#&*!|>\'"%@`\\ \t-?=<~'
const MASKED = Array.from(MEANINGFUL, (_, i) => String.fromCharCode(0xfdd0 + i)).join('')

const MASKED_REFERENCE = /\$\ufdd0[^\ufdd1]*\ufdd1/g

/** The text with every reference made opaque to YAML; same length, same positions. */
export function mask(text: string): string {
  return text.replace(REFERENCE, (reference) => {
    if (reference === '$${') return reference
    return Array.from(reference, (c) => (MEANINGFUL.includes(c) ? MASKED[MEANINGFUL.indexOf(c)] : c)).join('')
  })
}

/** Only whole references: a noncharacter on its own came from an escape in double quotes and is meant. */
export function unmask(text: string): string {
  return text.replace(MASKED_REFERENCE, (masked) =>
    Array.from(masked, (c) => (MASKED.includes(c) ? MEANINGFUL[MASKED.indexOf(c)] : c)).join(''),
  )
}

/** The parts of a text, or `undefined` when a `${` in it starts no reference. A text without any is one part. */
export function parseTemplate(text: string): Template | undefined {
  const parts: TemplatePart[] = []
  let literal = ''
  let from = 0
  for (const match of text.matchAll(REFERENCE)) {
    const between = text.slice(from, match.index)
    if (between.includes('${')) return undefined
    from = match.index + match[0].length
    literal += between
    const [, name, fallback] = match
    if (name === undefined) {
      literal += '${'
      continue
    }
    if (literal !== '') parts.push(literal)
    parts.push({ name, default: fallback })
    literal = ''
  }
  const rest = text.slice(from)
  if (rest.includes('${')) return undefined
  if (literal + rest !== '' || parts.length === 0) parts.push(literal + rest)
  return parts
}

/** Text that reads back as itself. */
export function escapeTemplate(text: string): string {
  return text.split('${').join('$${')
}
