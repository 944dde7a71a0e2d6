/** µWebSockets.js, with what the types of its package leave out. */

import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js'
import * as uws from 'uWebSockets.js'

const { LIBUS_LISTEN_EXCLUSIVE_PORT } = uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number }

type ListenAt = (
  host: string,
  port: number,
  options: number,
  callback: (socket: us_listen_socket | false) => void,
) => void

/**
 * Listens, or resolves with false when the port is taken. Without the option two processes that use µWebSockets.js would
 * share a port, each with half of the connections.
 */
export function listenAlone(app: TemplatedApp, host: string, port: number): Promise<us_listen_socket | false> {
  return new Promise((resolve) =>
    (app.listen as unknown as ListenAt).call(app, host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, resolve),
  )
}

export const { App, us_listen_socket_close, us_socket_local_port } = uws
