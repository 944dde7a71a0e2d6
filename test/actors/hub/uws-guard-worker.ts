import { parentPort, workerData } from 'node:worker_threads'
import { App, listenAlone, us_socket_local_port } from '../../../actors/uws.ts'
import { guardUws } from '../../../engine/ops/uws-guard.ts'

const mode = workerData as string
const app = App()
const guard = guardUws(app)
app.ws('/*', {
  message: () => {
    throw new Error('boom')
  },
})
const listening = await listenAlone(app, '127.0.0.1', 0)
if (listening !== false) parentPort!.postMessage(us_socket_local_port(listening))
parentPort!.once('message', async () => {
  if (mode === 'throw')
    setTimeout(() => {
      throw new Error('boom')
    })
  if (mode === 'reject') void Promise.reject(new Error('boom'))
  if (mode !== 'close') return
  await guard.close()
  parentPort!.close()
})
