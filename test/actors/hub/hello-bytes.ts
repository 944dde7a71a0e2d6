import { encodeHello, helloDetails } from '../../../actors/hub/hello.ts'
import type { LiveTable } from '../../../actors/hub/live-table.ts'
import type { MessageHeader } from '../../../actors/hub/protocol.ts'

const TIMES = { tick_ms: 200, heartbeat_ms: 5000, stale_after_ms: 60_000 }

export const helloFor = (header: MessageHeader, table: LiveTable): Uint8Array =>
  encodeHello(header, helloDetails(table.columns, 'msgpack', 'skein/test', TIMES))
