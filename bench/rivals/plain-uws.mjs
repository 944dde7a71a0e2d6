/** A µWebSockets.js app that reads bodies, parses them as JSON, answers 202, and keeps nothing: plain-uws.mjs PORT. */
import { App } from 'uWebSockets.js'

App()
  .post('/ingest', (response) => {
    let isGone = false
    const chunks = []
    response.onAborted(() => {
      isGone = true
    })
    response.onData((chunk, isLast) => {
      chunks.push(Buffer.from(chunk.slice(0)))
      if (!isLast || isGone) return
      const { id } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      response.cork(() => {
        response.writeStatus('202 Accepted')
        response.writeHeader('Content-Type', 'application/json')
        response.end(JSON.stringify({ id, status: 'accepted' }))
      })
    })
  })
  .listen('127.0.0.1', Number(process.argv[2]), (socket) => {
    if (!socket) process.exit(1)
  })
