/** What the hub answers over HTTP: the flights, its health, its metrics, and the web client. */
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import type { FlightsApi } from './flights-api.ts'
import { accepts, answer, answerLater, errorReply, jsonReply, type Reply, redirectReply, textReply } from './reply.ts'
import type { StaticFiles } from './static-files.ts'

export interface RoutesOptions {
  /** Before every path, without a slash at its end; empty for none. */
  basePath: string
  api: FlightsApi
  health: () => object
  /** In the Prometheus text format. */
  metrics?: () => string | Promise<string>
  files: StaticFiles | null
  onRequest: () => void
  nowMs: () => number
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const NOT_BUILT = 'The web client has not been built. Build it with: npm run build:web\n'
const METHODS = 'GET, HEAD'

export function serveRoutes(app: TemplatedApp, options: RoutesOptions): void {
  const { basePath, api, metrics, onRequest, nowMs } = options

  /** GET, and HEAD as well. */
  const get = (path: string, handle: (response: HttpResponse, request: HttpRequest) => void): void => {
    const counted = (response: HttpResponse, request: HttpRequest): void => {
      onRequest()
      handle(response, request)
    }
    app.get(basePath + path, counted)
    app.head(basePath + path, counted)
  }

  get('/api/flights', (response, request) => answer(response, request, () => api.list(nowMs())))
  get('/api/flights/:icao24', (response, request) =>
    answer(response, request, () => api.one(request.getParameter(0) ?? '')),
  )
  get('/health', (response, request) => answer(response, request, () => jsonReply(options.health())))
  if (metrics !== undefined)
    get('/metrics', (response, request) => answerLater(response, request, () => metricsReply(metrics)))
  app.any('/*', (response, request) => {
    onRequest()
    const method = request.getMethod()
    if (method === 'get' || method === 'head') answer(response, request, () => fileReply(request, options))
    else refuseMethod(response)
  })
}

async function metricsReply(metrics: () => string | Promise<string>): Promise<Reply> {
  try {
    return textReply(await metrics(), METRICS_TYPE)
  } catch (error) {
    return errorReply('503 Service Unavailable', 'metrics', String(error))
  }
}

function fileReply(request: HttpRequest, { basePath, files }: RoutesOptions): Reply {
  const url = request.getUrl()
  if (url === basePath) return redirectReply(`${basePath}/`)
  const path = url.slice(basePath.length)
  if (files === null && path === '/') return { ...textReply(NOT_BUILT), status: '503 Service Unavailable' }
  const reply =
    url.startsWith(basePath) && path.startsWith('/')
      ? files?.reply(path, request.getHeader('if-none-match'), accepts(request, 'gzip'))
      : undefined
  return reply ?? errorReply('404 Not Found', 'not_found', 'there is nothing at this path')
}

/** A body may follow that nobody will read. */
function refuseMethod(response: HttpResponse): void {
  const refusal = errorReply('405 Method Not Allowed', 'method', `only ${METHODS}`, [['Allow', METHODS]])
  response.cork(() => {
    response.writeStatus(refusal.status)
    for (const [name, value] of refusal.headers) response.writeHeader(name, value)
    response.end(refusal.body, true)
  })
}
