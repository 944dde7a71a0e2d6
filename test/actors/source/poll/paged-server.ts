/** A real server on loopback that answers in pages, under a limit of its own, and notes what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Asked {
  url: URL
  headers: IncomingMessage['headers']
  atMs: number
}

type Answer = { body?: unknown; status?: number; headers?: Record<string, string> } | 'reset'

export interface PagedServer {
  origin: string
  asked: Asked[]
  /** Of one path. */
  askedOf: (path: string) => Asked[]
}

export async function startPagedServer(answer: (asked: Asked, server: PagedServer) => Answer): Promise<PagedServer> {
  const asked: Asked[] = []
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const one = { url: new URL(request.url!, made.origin), headers: request.headers, atMs: performance.now() }
    asked.push(one)
    const given = answer(one, made)
    if (given === 'reset') request.socket.destroy()
    else {
      response.writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers })
      response.end(JSON.stringify(given.body ?? {}))
    }
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const made: PagedServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    askedOf: (path) => asked.filter(({ url }) => url.pathname === path),
  }
  return made
}
