/** What a `Link` header says of the page after this one (RFC 8288). */
import type { Headers } from '../limit/index.ts'

/** `<target>`, then parameters, whose values may hold commas where they are quoted. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w!#$&+^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)/g
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i
/** A longer header is not looked into. */
const MOST_LENGTH = 16_384

/** The target whose relation is `next`, as it is written: it may be relative. Null where there is none. */
export function nextLink({ link }: Headers): string | null {
  const text = typeof link === 'string' ? link : (link?.join(',') ?? '')
  if (text.length > MOST_LENGTH) return null
  for (const [, target = '', parameters = ''] of text.matchAll(LINK)) {
    const [, quoted, bare] = RELATION.exec(parameters) ?? []
    const relations = (quoted ?? bare ?? '').toLowerCase().split(/\s+/)
    if (relations.includes('next')) return target.trim()
  }
  return null
}
