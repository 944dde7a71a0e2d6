/** Messages and rows as JSON text, put together without objects in between: a row of them would cost more than the rest. */
import type { Column } from './column/index.ts'
import type { MessageHeader } from './protocol.ts'

/** All fields of a row. */
export const EVERY_FIELD = -1
const KEY_BIT = 1

/** A message of the given members, such as `"chunk":0,"chunks":1,"flights":[…]`. */
export function messageText(type: string, header: MessageHeader, members: string): Buffer {
  return Buffer.from(`${JSON.stringify({ type, ...header }).slice(0, -1)},${members}}`)
}

/** The key, and the published values of those fields whose bit is set. */
export function publishedRowText(columns: readonly Column[], slot: number, fields: number): string {
  let text = ''
  for (let index = 0; index < columns.length; index++) {
    if (((fields | KEY_BIT) & (1 << index)) === 0) continue
    const column = columns[index]!
    text += `${index === 0 ? '' : ','}"${column.field.name}":${column.publishedText(slot)}`
  }
  return `{${text}}`
}
