/**
 * Sends events over so many connections, one after the other on each: load.ts URL CONNECTIONS SECONDS. Prints requests a second, the
 * milliseconds that 99 of 100 took at most, and how many were not answered with 202.
 */
import { connect } from 'node:net'

const [url, connections, seconds] = process.argv.slice(2) as [string, string, string]
const { hostname, port, pathname, search } = new URL(url)
const WARM_MS = 500
const BODY_BYTES = 1024
const RUN = `${process.pid}-${Date.now()}`
const MOST_LATENCIES = 4_000_000

const tookMs = new Float32Array(MOST_LATENCIES)
let answered = 0
let failed = 0
let sent = 0
let isMeasured = false
let isOver = false

function request(): string {
  const head = `{"id":"${RUN}-${sent++}","source":"bench","payload":{"text":"`
  const body = `${head}${'x'.repeat(BODY_BYTES - head.length - 3)}"}}`
  return `POST ${pathname}${search} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function open(): void {
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  let beganMs = 0
  let answer = ''
  const send = () => {
    beganMs = performance.now()
    answer = ''
    socket.write(request())
  }
  socket.on('connect', send)
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
    const head = answer.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0)
    if (answer.length < head + 4 + length) return
    if (isMeasured) {
      if (!answer.startsWith('HTTP/1.1 202')) failed++
      tookMs[answered++ % MOST_LATENCIES] = performance.now() - beganMs
    }
    if (isOver) socket.destroy()
    else send()
  })
  socket.on('error', () => failed++)
}

for (let i = 0; i < Number(connections); i++) open()
setTimeout(() => {
  isMeasured = true
  const beganMs = performance.now()
  setTimeout(() => {
    isOver = true
    isMeasured = false
    const perSecond = (1000 * answered) / (performance.now() - beganMs)
    const sorted = tookMs.subarray(0, Math.min(answered, MOST_LATENCIES)).toSorted()
    console.log(JSON.stringify({ perSecond, p99_ms: sorted[Math.floor(sorted.length * 0.99)], failed }))
    setTimeout(() => process.exit(), 200)
  }, Number(seconds) * 1000)
}, WARM_MS)
