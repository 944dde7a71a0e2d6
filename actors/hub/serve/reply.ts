/**
 * Answers over HTTP, each with the headers that keep a browser from guessing and other sites from embedding.
 *
 * A body is not copied however slowly it is read: it is sent from the caller's memory as the socket takes it.
 */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js'

export type Header = readonly [name: string, value: string]

export interface Reply {
  status: string
  headers: readonly Header[]
  body: Uint8Array
  /** Only its length is sent: the answer to HEAD, and to whoever has it already. */
  isBodyLeftOut?: boolean
}

/** The page needs nothing from elsewhere: no script, style or connection but its own; images may be made by it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const SECURITY_HEADERS: readonly Header[] = [
  ['Content-Security-Policy', CONTENT_SECURITY_POLICY],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), microphone=(), geolocation=()'],
]

/** Answers now. */
export function send(response: HttpResponse, { status, headers, body, isBodyLeftOut = false }: Reply): void {
  response.cork(() => {
    response.writeStatus(status)
    for (const [name, value] of SECURITY_HEADERS) response.writeHeader(name, value)
    for (const [name, value] of headers) response.writeHeader(name, value)
    if (isBodyLeftOut) response.writeHeader('Content-Length', String(body.length)).endWithoutBody()
    else stream(response, body)
  })
}

/**
 * The answer that `reply` makes, or that something went wrong: µWebSockets.js ends the process when a handler throws before it
 * has answered. To HEAD it goes without its body.
 */
export function answer(response: HttpResponse, request: HttpRequest, reply: () => Reply): void {
  let ready: Reply
  try {
    ready = reply()
  } catch (error) {
    ready = internalError(error)
  }
  send(response, isHead(request) ? withoutBody(ready) : ready)
}

/** As `answer`, when `reply`, an async function, has made the answer, unless the client has gone meanwhile. */
export function answerLater(response: HttpResponse, request: HttpRequest, reply: () => Promise<Reply>): void {
  const isBodyLeftOut = isHead(request) // later the request can no longer be asked
  let isGone = false
  response.onAborted(() => {
    isGone = true
  })
  void reply()
    .catch(internalError)
    .then((ready) => {
      if (!isGone) send(response, isBodyLeftOut ? withoutBody(ready) : ready)
    })
}

const isHead = (request: HttpRequest): boolean => request.getMethod() === 'head'

const withoutBody = (reply: Reply): Reply => ({ ...reply, isBodyLeftOut: true })

function stream(response: HttpResponse, body: Uint8Array): void {
  if (body.length === 0) {
    response.end()
    return
  }
  const [, isDone] = response.tryEnd(body, body.length)
  if (isDone) return
  response.onAborted(() => {})
  response.onWritable((offset) => response.tryEnd(body.subarray(offset), body.length)[0])
}

export function jsonReply(value: unknown, headers: readonly Header[] = []): Reply {
  return rawJsonReply(Buffer.from(JSON.stringify(value)), headers)
}

export function rawJsonReply(body: Uint8Array, headers: readonly Header[] = []): Reply {
  return {
    status: '200 OK',
    headers: [['Content-Type', 'application/json; charset=utf-8'], ['Cache-Control', 'no-store'], ...headers],
    body,
  }
}

export function textReply(text: string, type = 'text/plain; charset=utf-8'): Reply {
  return {
    status: '200 OK',
    headers: [
      ['Content-Type', type],
      ['Cache-Control', 'no-store'],
    ],
    body: Buffer.from(text),
  }
}

export function errorReply(status: string, code: string, message: string, headers: readonly Header[] = []): Reply {
  return { ...jsonReply({ error: { code, message } }, headers), status }
}

export function redirectReply(location: string): Reply {
  return { ...textReply(''), status: '308 Permanent Redirect', headers: [['Location', location]] }
}

export function internalError(error: unknown): Reply {
  return errorReply('500 Internal Server Error', 'internal', String(error))
}

/** The header names a coding that the client takes. */
export function accepts(request: HttpRequest, coding: string): boolean {
  return request
    .getHeader('accept-encoding')
    .split(',')
    .some((part) => {
      const [name, quality] = part.trim().split(/\s*;\s*/)
      return name === coding && !/^q=0(\.0*)?$/.test(quality ?? '')
    })
}
