/** The first message of every connection: how to read the others. */
import type { Column } from './column/index.ts'
import { writeHeader } from './message-pack.ts'
import { PackWriter } from './pack-writer.ts'
import {
  type Format,
  type HelloDetails,
  type JsonHello,
  type MessageHeader,
  MessageType,
  PROTOCOL_VERSION,
} from './protocol.ts'

export type HelloTimes = Pick<HelloDetails, 'tick_ms' | 'heartbeat_ms' | 'stale_after_ms'>

export function helloDetails(
  columns: readonly Column[],
  format: Format,
  server: string,
  times: HelloTimes,
): HelloDetails {
  return { protocol: PROTOCOL_VERSION, format, server, ...times, fields: columns.map(({ field }) => field) }
}

export function encodeHello(header: MessageHeader, details: HelloDetails): Uint8Array<ArrayBuffer> {
  if (details.format === 'json') {
    const message: JsonHello = { type: 'hello', ...header, ...details }
    return new TextEncoder().encode(JSON.stringify(message))
  }
  const writer = new PackWriter(1024)
  writeHeader(writer, 6, MessageType.hello, header)
  writer.value({ ...details, fields: details.fields.map((field) => ({ ...field })) })
  return writer.take()
}
