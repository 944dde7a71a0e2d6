/** `skein source test`: one request of a polled source, and what comes of it. */
import { MappedDecoder } from '../actors/source/decode/mapped/index.ts'
import { type Answer, type Auth, Authorizer, HttpClient, shownUrl, toSetFor } from '../actors/source/http/index.ts'
import { answerDecoder } from '../actors/source/poll/answer-intake.ts'
import { liveContext } from '../actors/source/poll/live-context.ts'
import type { PollOptions } from '../actors/source/poll/poll.ts'
import { combinations } from '../actors/source/poll/rounds.ts'
import { tileParameters } from '../actors/source/poll/tile-parameters.ts'
import { UrlTemplate } from '../actors/source/poll/url-template.ts'
import { NAUTICAL_MILE_M } from '../actors/source/schedule/sphere.ts'
import { unpackSecrets } from '../engine/config/secret.ts'
import { SkeinError } from '../engine/errors.ts'
import { DISCARD_REASONS, DISCARD_SLOTS, Frame, FrameBatch, FrameKind } from '../engine/records/index.ts'
import { schemaById } from '../schemas/index.ts'
import { loadPipeline, requestFor } from './load.ts'
import { planOf } from './plan.ts'

interface SourceTest {
  source?: string
  param: string[]
  records: number
  set: string[]
}

/** Where there are aircraft at any time. */
const NEW_YORK = { lat: 40.7, lon: -74 }
const CIRCLE = { kind: 'circle', ...NEW_YORK, radius_m: 50 * NAUTICAL_MILE_M } as const
const BOX = { kind: 'box', latMin: 40, latMax: 41.5, lonMin: -75, lonMax: -73 } as const

export async function testSource(file: string, { source, param, records, set }: SourceTest): Promise<void> {
  const { config } = loadPipeline(requestFor(file, set))
  const polled = Object.entries(config.sources).filter(([, { kind }]) => kind === 'poll')
  const [name] = polled.find(([one]) => source === undefined || one === source) ?? []
  if (name === undefined)
    throw new SkeinError('SKEIN_SOURCE_UNKNOWN', { file, source: source ?? null, polled: polled.map(([one]) => one) })
  const options = planOf(config).sources.find((plan) => plan.name === name)!.options as PollOptions
  const params = { ...firstParams(options), ...Object.fromEntries(param.map(pair)) }
  const client = new HttpClient()
  try {
    const beganMs = performance.now()
    const { answer, url } = await ask(client, options, params)
    console.log(`GET ${shownUrl(url)}`)
    const tookMs = Math.round(performance.now() - beganMs)
    if (answer.kind !== 'ok') {
      const detail = 'detail' in answer ? answer.detail : ''
      const toSet = 'class' in answer && answer.class === 'unauthorized' ? toSetFor(authOf(options)) : []
      throw new SkeinError('SKEIN_SOURCE_ANSWER', { source: name, detail, ...(toSet.length > 0 ? { set: toSet } : {}) })
    }
    console.log(`${answer.status}, ${answer.body.length} bytes, ${tookMs} ms`)
    showRecords(answer.body, options, params, records)
  } finally {
    await client.close()
  }
}

const authOf = ({ auth }: PollOptions): Auth | undefined => unpackSecrets(auth) as Auth | undefined

function firstParams({ params, tiles }: PollOptions): Record<string, string> {
  if (tiles !== null) return tileParameters(tiles.board.covers[tiles.cover]!.shape === 'circle' ? CIRCLE : BOX)
  return combinations(params)[0]!
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

async function ask(
  client: HttpClient,
  options: PollOptions,
  params: Record<string, string>,
): Promise<{ answer: Answer; url: string }> {
  const url = new UrlTemplate(options.url).fill(params)
  const { signal } = new AbortController()
  const asked = { url, headers: { 'user-agent': options.userAgent, ...options.headers } }
  const request = await new Authorizer(authOf(options), client).authorize(asked, signal)
  return { answer: await client.send(request, options.fetch.limits, signal), url: request.url }
}

function showRecords(body: Buffer, options: PollOptions, params: Record<string, string>, most: number): void {
  const decoder = answerDecoder(options)
  if (decoder instanceof MappedDecoder) decoder.params = params
  const context = liveContext(0, options, new Float64Array(DISCARD_SLOTS))
  const batch = new FrameBatch()
  const rows = decoder.decode(body, 0, body.length, context, batch)
  let recordCount = 0
  let refused = 0
  for (let at = 0; at < batch.length; ) {
    const frame = new Frame(batch.memory).at(at)
    const isRefused = frame.kind === FrameKind.deadLetter
    if (isRefused ? refused++ < most : recordCount++ < most) {
      const { input: _, ...fields } = schemaById(frame.schemaId)!.toObject(frame)
      console.log(JSON.stringify({ ...(isRefused ? { refused: true } : { time: new Date(frame.time) }), ...fields }))
    }
    at += frame.stride
  }
  const left = DISCARD_REASONS.map((reason, i) => `${context.discarded[i]} ${reason}`).filter(
    (text) => !text.startsWith('0 '),
  )
  console.log(`${rows} rows: ${recordCount} records, ${refused} refused${left.map((text) => `, ${text}`).join('')}`)
}
