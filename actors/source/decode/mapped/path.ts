/**
 * Where in a body something stands.
 *
 *   data.items[*]      rows: the elements of the array `items` in `data`       result{*}   the members of the object `result`
 *   meta.price         a value in a row         c.0   the first element of the array `c`         [Global Quote, 05. price]   names with dots
 *   $key               the name of the member that the row is             $value    the row itself, where it is no object
 *   $param.symbol      a parameter of the request                         $body.base   a value beside the rows
 */
export type RowsStep = { readonly kind: 'member'; readonly name: string } | { readonly kind: 'elements' | 'members' }

export type Source =
  | { readonly kind: 'row' | 'body'; readonly path: readonly string[] }
  | { readonly kind: 'key' | 'value' }
  | { readonly kind: 'param'; readonly name: string }

export function parseRows(text: string): RowsStep[] {
  return text.split('.').flatMap((part): RowsStep[] => {
    const [, name = '', each = ''] = /^(.*?)((?:\[\*\]|\{\*\})?)$/.exec(part)!
    const steps: RowsStep[] = name === '' ? [] : [{ kind: 'member', name }]
    if (each !== '') steps.push({ kind: each === '[*]' ? 'elements' : 'members' })
    return steps
  })
}

export function parseSource(written: string | readonly string[]): Source {
  const path = typeof written === 'string' ? written.split('.') : written
  const [first, ...rest] = path
  if (first === '$key' || first === '$value') return { kind: first === '$key' ? 'key' : 'value' }
  if (first === '$param') return { kind: 'param', name: rest.join('.') }
  return first === '$body' ? { kind: 'body', path: rest } : { kind: 'row', path }
}

/** `coinbase:{$param.product}` as literals and what stands between them, which is what is in braces. */
export function parseTemplate(text: string): (string | Source)[] {
  return text
    .split(/(\{[^{}]+\})/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? parseSource(part.slice(1, -1)) : part))
}
