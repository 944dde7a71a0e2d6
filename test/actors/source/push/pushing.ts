/** `skein run` with a push source, and raw sockets to it. */
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { AtEnd } from '../../../engine/runtime/scratch.ts'
import { freePort } from '../../../servers/free-port.ts'
import { pollingProgram } from '../poll/polling-program.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Record<string, never>
}

/** `options`: of the source, as YAML in one line. */
export async function pushing(options = '', atEnd?: AtEnd) {
  const port = await freePort()
  const program = pollingProgram(`push: { push: { port: ${port}${options === '' ? '' : `, ${options}`} } }`, '', atEnd)
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  const start = async (env: Record<string, string> = {}) => {
    const run = program.start(env)
    while (!run.isOver && !(await isUp())) await delay(20)
    return run
  }
  const request = async (
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...type, ...headers },
      ...(body !== undefined && { body: body as string }),
    })
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as never,
    }
  }
  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    request('POST', path, typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body), headers)
  /** All that comes back until the other side closes, or `ms` are over. */
  const raw = (pieces: readonly (string | Uint8Array)[], { everyMs = 0, ms = 5000 } = {}): Promise<string> =>
    new Promise((resolve) => {
      let answer = ''
      const socket = connect(port, '127.0.0.1')
      const end = () => {
        clearTimeout(timer)
        socket.destroy()
        resolve(answer)
      }
      const timer = setTimeout(end, ms)
      let next = 0
      const write = () => {
        if (socket.destroyed || next >= pieces.length) return
        socket.write(pieces[next++]!)
        if (everyMs === 0) write()
        else setTimeout(write, everyMs)
      }
      socket.on('connect', write)
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
      socket.on('close', end)
      socket.on('error', end)
    })
  return { ...program, start, port, url, request, post, raw }
}
