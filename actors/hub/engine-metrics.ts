/**
 * The engine's metrics, which its main thread makes of everyone's counters: asked for at the admin socket of the log
 * directory, so that the hub's `/metrics` is the admin server's, byte for byte.
 */
import { join } from 'node:path'

const SOCKET = 'admin.sock'
const TIMEOUT_MS = 2000

export async function engineMetrics(directory: string): Promise<string> {
  const { get } = await import('node:http') // most hubs are never asked
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get({ socketPath: join(directory, SOCKET), path: '/metrics', agent: false }, async (response) => {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'))
    else reject(new Error(`the engine answers ${response.statusCode}`))
  })
  request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('the engine does not answer')))
  request.on('error', reject)
  return promise
}
