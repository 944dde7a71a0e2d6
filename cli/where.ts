/** `--where key=value`, repeated: values of one key are alternatives, different keys must all hold. */
import { InvalidArgumentError } from 'commander'
import { WHERE_KEYS, type Where, type WhereKey } from '../actors/source/dead-letters/where.ts'
import { DEAD_LETTER_REASONS, STAGES } from '../engine/records/index.ts'

/** Where the values are a closed list. */
const VALUES: { readonly [Key in WhereKey]?: readonly string[] } = { reason: DEAD_LETTER_REASONS, stage: STAGES }

export function parseWhere(text: string, where: Where = {}): Where {
  const [, key, value] = /^([^=]*)=(.+)$/s.exec(text) ?? []
  const known = WHERE_KEYS.find((one) => one === key)
  if (known === undefined || value === undefined) {
    throw new InvalidArgumentError(`KEY=VALUE with one of the keys ${WHERE_KEYS.join(', ')}`)
  }
  const values = VALUES[known]
  if (values !== undefined && !values.includes(value)) throw new InvalidArgumentError(`one of ${values.join(', ')}`)
  return { ...where, [known]: [...(where[known] ?? []), value] }
}
