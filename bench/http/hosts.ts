/** Many hosts in one process: each a port of its own, where 1 KB comes after so many milliseconds. Prints the ports, then serves until it is told to stop. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [HOSTS, DELAY_MS] = process.argv.slice(2).map(Number)
const BODY = Buffer.from(JSON.stringify({ now: 1_750_000_000, ac: [], pad: 'x'.repeat(980) }))

const ports = await Promise.all(
  Array.from({ length: HOSTS }, async () => {
    const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
      setTimeout(() => response.writeHead(200, { 'content-length': BODY.length }).end(BODY), DELAY_MS)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))
    return (server.address() as AddressInfo).port
  }),
)
process.on('SIGTERM', () => process.exit(0))
console.log(JSON.stringify(ports))
