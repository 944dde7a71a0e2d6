/** What the hub says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration, path, port, rate } from '../../engine/config/spec.ts'

export const hubSpec = defineComponent({
  kind: 'hub',
  stage: 'hub',
  module: new URL('./hub.ts', import.meta.url).href,
  summary: 'Shows what is there now: live to browsers, as JSON to programs, and the globe itself.',
  deliveryGuarantees:
    'A client that is up to date holds the committed state as of the last tick, rounded. One that misses something is given it ' +
    'again, as deltas or as a snapshot; states in between may be left out. Nothing here holds up the log.',
  options: z.strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on. Beyond loopback, list `origins`.'),
    port: port().default(8000).describe('Port to listen on; 0 takes any free one.'),
    basePath: z
      .string()
      .regex(/^(\/[A-Za-z0-9._-]+)*$/)
      .default('')
      .describe('What stands before every path, such as /skein behind a proxy that keeps it.'),
    web: path()
      .optional()
      .describe('Directory of the web client; the one that was built with this program unless given.'),
    tick: duration({ min: '20ms', max: '60s' }).default(200).describe('How far apart deltas are.'),
    heartbeat: duration({ min: '1s', max: '60s' })
      .default(5000)
      .describe(
        'A delta goes out at least this often, though it be empty, so that clients can tell silence from a broken line.',
      ),
    capacity: z
      .int()
      .min(1)
      .max(100_000_000)
      .default(200_000)
      .describe('Keys at one time. New ones beyond them are not shown.'),
    origins: z
      .array(z.string())
      .default([])
      .describe(
        'Origins of pages that may connect, such as https://globe.example.org, or *. Pages from this machine always may.',
      ),
    trustedProxies: z
      .array(z.string())
      .default([])
      .describe('Addresses or networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8.'),
    maxClients: z.int().min(1).max(1_000_000).default(10_000).describe('WebSocket clients at one time.'),
    maxClientsPerAddress: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe('Of these, how many from one IPv4 address or IPv6 /64 network.'),
    maxBuffered: bytes({ min: '16KiB', max: '16MiB' })
      .default(128 * 1024)
      .describe('A client with more than this to read is not sent every delta any more until it has caught up.'),
    slowAfter: duration({ min: '1s' })
      .default(60_000)
      .describe('A client that has not caught up for so long is disconnected.'),
    idleTimeout: duration({ min: '8s', max: '960s' })
      .default(60_000)
      .describe('A client that answers no ping for so long is disconnected.'),
    messageRate: rate()
      .default({ count: 5, perMs: 1000 })
      .describe('How many messages a client may send; ten at once are let pass.'),
  }),
  example: 'host: 127.0.0.1\nport: 8000\ntick: 200ms\n',
})

export type HubSettings = z.output<typeof hubSpec.options>

/** What the actor is given: its settings, and after how long without a mention a key is removed. */
export interface HubOptions extends HubSettings {
  staleAfterMs: number
}
