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
 * Listens, or gives false when the port is taken or the address is none of this machine's. Without the option two processes
 * that use µWebSockets.js would share a port, each with half of the connections.
 */
export function listenAlone(app: TemplatedApp, host: string, port: number): Promise<us_listen_socket | false> {
  const listenAt = app.listen as unknown as ListenAt
  return new Promise((resolve) => listenAt.call(app, host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, resolve))
}

export const { App, us_listen_socket_close, us_socket_local_port } = uws
