/**
 * Addresses with places to be filled in: `https://api.example.org/v2/point/{lat}/{lon}/{radius_nm}`.
 *
 * What is filled in is escaped, so that no value can change the address around it.
 */
export class UrlTemplate {
  readonly #text: string
  /** The names in braces. */
  readonly names: ReadonlySet<string>

  constructor(text: string) {
    this.#text = text
    this.names = new Set([...text.matchAll(PLACE)].map(([, name]) => name!))
  }

  fill(values: Readonly<Record<string, string>>): string {
    return this.#text.replace(PLACE, (_, name: string) => encodeURIComponent(values[name] ?? ''))
  }
}

const PLACE = /\{([a-z]\w*)\}/gi

/** Why no request can be made to such an address; undefined for one that is well. */
export function urlProblem(text: string): string | undefined {
  if (/[{}]/.test(text.replace(PLACE, ''))) return 'has a brace that is not around a name'
  const url = URL.parse(text.replace(PLACE, '0'))
  if (url === null) return 'must be an address that begins with https:// or http://'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://'
  if (url.username !== '' || url.password !== '') return 'must not hold a name or a password'
  return undefined
}
