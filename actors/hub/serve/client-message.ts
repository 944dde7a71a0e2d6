/** Reads what clients send: small JSON texts, refused with the reason that the connection is closed with. */
import { type ClientMessage, CloseCode } from '../protocol.ts'

export interface Refusal {
  code: number
  reason: string
}

export const MAX_MESSAGE_BYTES = 1024

export function readClientMessage(bytes: Uint8Array, isBinary: boolean): ClientMessage | Refusal {
  if (isBinary) return refuse(CloseCode.unsupported, 'clients send JSON text')
  if (bytes.length > MAX_MESSAGE_BYTES) return refuse(CloseCode.tooLarge, `more than ${MAX_MESSAGE_BYTES} bytes`)
  let message: unknown
  try {
    message = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return refuse(CloseCode.malformed, 'not JSON')
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return refuse(CloseCode.malformed, 'not a JSON object')
  const { type } = message as { type?: unknown }
  if (type === 'resync') return { type }
  return refuse(CloseCode.policy, 'unknown type of message')
}

export const isRefusal = (message: ClientMessage | Refusal): message is Refusal => 'code' in message

const refuse = (code: number, reason: string): Refusal => ({ code, reason })
