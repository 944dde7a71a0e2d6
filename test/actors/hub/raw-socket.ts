/** A WebSocket client (RFC 6455) on a bare TCP connection: it can read slowly, not at all, or send what no library would. */
import { connect, type Socket } from 'node:net'

export interface Received {
  opcode: number
  payload: Buffer
}

export class RawSocket {
  readonly messages: Received[] = []
  readonly tcp: Socket
  status = ''
  isClosed = false
  /** Of the close frame; 0 when there was none. */
  closeCode = 0
  closeReason = ''
  #bytes = Buffer.alloc(0)
  #isUpgraded = false

  private constructor(tcp: Socket) {
    this.tcp = tcp
    tcp.on('data', (bytes) => this.#take(bytes))
    tcp.on('close', () => {
      this.isClosed = true
    })
    tcp.on('error', () => {})
  }

  static open(port: number, { path = '/ws/flights', headers = {} as Record<string, string> } = {}): RawSocket {
    const lines = {
      Host: `127.0.0.1:${port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version': '13',
      ...headers,
    }
    const tcp = connect(port, '127.0.0.1')
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
    tcp.write(`GET ${path} HTTP/1.1\r\n${head.join('')}\r\n`)
    return new RawSocket(tcp)
  }

  /** Messages of data, without pings and closes. */
  get data(): Buffer[] {
    return this.messages.filter(({ opcode }) => opcode <= 2).map(({ payload }) => payload)
  }

  sendText(text: string | Buffer): void {
    this.sendFrame(1, Buffer.from(text))
  }

  /** Masked with zeros, which leaves the payload readable. */
  sendFrame(opcode: number, payload: Buffer): void {
    const { length } = payload
    const head =
      length < 126
        ? Buffer.from([0x80 | opcode, 0x80 | length])
        : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255])
    this.tcp.write(Buffer.concat([head, Buffer.alloc(4), payload]))
  }

  close(): void {
    this.tcp.destroy()
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (!this.#isUpgraded) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.status = this.#bytes.subarray(9, 12).toString()
      this.#isUpgraded = this.status === '101'
      this.#bytes = this.#bytes.subarray(end + 4)
    }
    while (this.#isUpgraded && this.#takeFrame());
  }

  #takeFrame(): boolean {
    const bytes = this.#bytes
    if (bytes.length < 2) return false
    const short = bytes[1]! & 0x7f
    const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < headBytes) return false
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < headBytes + length) return false
    const received = { opcode: bytes[0]! & 0x0f, payload: Buffer.from(bytes.subarray(headBytes, headBytes + length)) }
    this.#bytes = bytes.subarray(headBytes + length)
    this.messages.push(received)
    if (received.opcode === 8 && length >= 2) {
      this.closeCode = received.payload.readUInt16BE(0)
      this.closeReason = received.payload.subarray(2).toString()
    }
    return true
  }
}
