/**
 * One round of one combination of parameters: its pages, one after the other.
 *
 *   first page ──► taken ──► next page ──► … ──► whole       no rows, fewer than a page has, no cursor, no link
 *                                          ├───► repeated    the API says to go where it has been: the end, too
 *                                          ├───► cut         as many pages as may be
 *                                          └───► elsewhere   a link to another origin, which is not followed
 */
import type { Mark } from '../decode/mapped/mark.ts'
import type { PagesSettings } from './pages-spec.ts'

/** What a page says of the one after it. */
export interface Page {
  readonly rows: number
  /** What the body says, where it does. */
  readonly next: string | null
  /** What the header `Link` says. */
  readonly link: string | null
}

export type ReadingEnd = 'whole' | 'repeated' | 'cut' | 'elsewhere'

export class Reading {
  /** Of the page to ask for. */
  url: string
  /** How far its rows go, where that is wanted. */
  readonly mark: Mark | null
  /** Why it is over; null as long as it goes on. */
  end: ReadingEnd | null = null
  readonly #pages: PagesSettings | null
  readonly #firstUrl: string
  readonly #ownParameters: readonly string[]
  /** Addresses, so that no API can have us go round and round. */
  readonly #asked = new Set<string>()
  #rows = 0

  /**
   * `url`: without what says which page it is. `ownParameters` are put to each address by who asks: a link that repeats them, secrets
   * among them, is followed without them.
   */
  constructor(url: string, pages: PagesSettings | null, mark: Mark | null, ownParameters: readonly string[] = []) {
    this.#pages = pages
    this.#firstUrl = url
    this.#ownParameters = ownParameters
    this.mark = mark
    this.url = pages === null ? url : firstPage(url, pages)
  }

  /** A page was taken: moves on to the next, or ends. */
  follow(page: Page): void {
    this.#asked.add(this.url)
    this.#rows += page.rows
    const next = this.#nextUrl(page)
    if (next === null) this.end = 'whole'
    else if (!hasOriginOf(next, this.#firstUrl)) this.end = 'elsewhere'
    else if (this.#asked.has(next)) this.end = 'repeated'
    else if (this.#asked.size >= this.#pages!.most) this.end = 'cut'
    if (next !== null) this.url = next
  }

  #nextUrl({ rows, next, link }: Page): string | null {
    const pages = this.#pages
    if (pages === null) return null
    if (pages.kind === 'cursor') return next === null ? null : withParameters(this.#firstUrl, { [pages.param]: next })
    if (pages.kind === 'link') {
      const target = pages.from === undefined ? link : next
      if (target === null || target === '') return null
      const url = URL.parse(target, this.url)
      if (url === null) return target
      for (const name of this.#ownParameters) if (url.searchParams.has(name)) url.searchParams.delete(name)
      return url.href
    }
    if (rows === 0 || (pages.size !== undefined && rows < pages.size)) return null
    const number = pages.first + (pages.kind === 'page' ? this.#asked.size : this.#rows)
    return numbered(this.#firstUrl, pages, number)
  }
}

function firstPage(url: string, pages: PagesSettings): string {
  return pages.kind === 'page' || pages.kind === 'offset' ? numbered(url, pages, pages.first) : url
}

function numbered(
  url: string,
  { param, size, sizeParam }: Extract<PagesSettings, { kind: 'page' | 'offset' }>,
  number: number,
): string {
  const ofSize = size === undefined || sizeParam === undefined ? {} : { [sizeParam]: String(size) }
  return withParameters(url, { [param]: String(number), ...ofSize })
}

/** What is in the address already stays as it is written there. */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const added = Object.entries(parameters).map((pair) => pair.map(encodeURIComponent).join('='))
  return `${url}${url.includes('?') ? '&' : '?'}${added.join('&')}`
}

const hasOriginOf = (url: string, other: string): boolean => URL.parse(url)?.origin === new URL(other).origin
