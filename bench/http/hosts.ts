/**
 * Many hosts in one process: each a port of its own, where 1 KB comes after so many milliseconds. Prints the ports, then serves
 * until it is told to stop.
 *
 *   hosts.ts HOSTS DELAY_MS [WAY…]: the first hosts behave in these ways, the others well.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const [HOSTS, DELAY_MS] = process.argv.slice(2).map(Number) as [number, number]
const WAYS = process.argv.slice(4)
const HEADERS = { 'content-type': 'application/json' }
const BODY = Buffer.from(JSON.stringify({ now: 1_750_000_000, ac: [], pad: 'x'.repeat(980) }))

const answerWell = (response: ServerResponse) =>
  response.writeHead(200, { ...HEADERS, 'content-length': BODY.length }).end(BODY)
const fail = (response: ServerResponse) => response.writeHead(503).end()

/** What a host does once its time has come. */
const ways: Record<string, (response: ServerResponse) => void> = {
  well: answerWell,
  hang: () => {},
  fail,
  garbage: (response) => response.writeHead(200, HEADERS).end('<html>Bad gateway</html>'),
  /** Three of a hundred go wrong, each in another way. */
  flaky: (response) => {
    const chance = Math.random()
    if (chance < 0.01) fail(response)
    else if (chance < 0.02) response.socket?.resetAndDestroy()
    else if (chance < 0.03)
      response.writeHead(200, { ...HEADERS, 'content-length': BODY.length }).write('{', () => response.socket?.end())
    else answerWell(response)
  },
}

const ports = await Promise.all(
  Array.from({ length: HOSTS }, async (_, host) => {
    const answer = ways[WAYS[host] ?? 'well']!
    const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
      setTimeout(() => answer(response), DELAY_MS)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))
    return (server.address() as AddressInfo).port
  }),
)
process.on('SIGTERM', () => process.exit(0))
console.log(JSON.stringify(ports))
