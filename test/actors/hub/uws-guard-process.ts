/** A worker with an open server and a connected client, which ends in one way or another. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const worker = new Worker(new URL('./uws-guard-worker.ts', import.meta.url), { workerData: process.argv[2] })
const ended = new Promise<string>((resolve) => {
  worker.once('error', (error: Error) => resolve(error.message))
  worker.once('exit', (code) => resolve(`exit ${code}`))
})
const [port] = await once(worker, 'message')
const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
socket.onerror = () => {}
await new Promise((resolve) => {
  socket.onopen = resolve
})
worker.postMessage('fail')
if (process.argv[2] === 'throw-in-handler') socket.send('fail')
const how = await ended
await new Promise((resolve) => setTimeout(resolve, 50))
console.log(`${how} | the process lives`)
