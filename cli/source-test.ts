/** `skein source test`: one round of a polled source, and what comes of it. */
import type { Decoder } from '../actors/source/decode/index.ts'
import { MappedDecoder } from '../actors/source/decode/mapped/index.ts'
import {
  type Answer,
  type Auth,
  Authorizer,
  HttpClient,
  nextLink,
  parametersOf,
  shownUrl,
  toSetFor,
} from '../actors/source/http/index.ts'
import { answerDecoder } from '../actors/source/poll/answer-intake.ts'
import { liveContext } from '../actors/source/poll/live-context.ts'
import type { PollOptions } from '../actors/source/poll/poll.ts'
import { Reading } from '../actors/source/poll/reading.ts'
import { combinations } from '../actors/source/poll/rounds.ts'
import { SinceCursors } from '../actors/source/poll/since-cursors.ts'
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

/** Of a round; limits hold for the source, not for one who tries it out. */
const MOST_PAGES = 3
const ENDS = {
  repeated: 'it says to go where it has been',
  cut: 'more pages than may be',
  elsewhere: 'the next page is at another origin, and would not be asked for',
}
const NO_CURSOR = new Uint8Array(0)
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
  const address = new UrlTemplate(options.url)
  const since = options.since === null ? null : new SinceCursors(options.since, [params], NO_CURSOR)
  const first = since?.ask(address, params) ?? address.fill(params)
  const reading = new Reading(first, options.pages, since?.newMark() ?? null, parametersOf(authOf(options)))
  const decoder = answerDecoder(options)
  if (decoder instanceof MappedDecoder) {
    decoder.params = params
    decoder.mark = reading.mark
  }
  const client = new HttpClient()
  try {
    for (let page = 1; reading.end === null && page <= MOST_PAGES; page++) {
      const { body, headers } = await ask(client, name, options, reading.url)
      const rows = showRecords(body, decoder, options, records)
      const next = decoder instanceof MappedDecoder ? decoder.next : null
      reading.follow({ rows, next, link: nextLink(headers) })
      if (!decoder.isTaken) break
    }
  } finally {
    await client.close()
  }
  showEnd(reading, since, params)
}

/** What would be asked for next: of this round, and in the next one. */
function showEnd(reading: Reading, since: SinceCursors | null, params: Record<string, string>): void {
  if (reading.end === null) console.log(`next page: ${shownUrl(reading.url)}`)
  else if (reading.end !== 'whole') console.log(`${ENDS[reading.end]}: ${shownUrl(reading.url)}`)
  if (since === null) return
  if (reading.end !== null && since.conclude(params, reading))
    console.log(`next round since: ${since.textOf(params) ?? ''}`)
  else console.log(`the largest so far: ${reading.mark!.largest ?? 'none'}`)
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

/** One page, or why there is none. */
async function ask(
  client: HttpClient,
  name: string,
  options: PollOptions,
  url: string,
): Promise<Extract<Answer, { kind: 'ok' }>> {
  const { signal } = new AbortController()
  const asked = { url, headers: { 'user-agent': options.userAgent, ...options.headers } }
  const request = await new Authorizer(authOf(options), client).authorize(asked, signal)
  const beganMs = performance.now()
  const answer = await client.send(request, options.fetch.limits, signal)
  console.log(`GET ${shownUrl(request.url)}`)
  if (answer.kind !== 'ok') {
    const detail = 'detail' in answer ? answer.detail : ''
    const toSet = 'class' in answer && answer.class === 'unauthorized' ? toSetFor(authOf(options)) : []
    throw new SkeinError('SKEIN_SOURCE_ANSWER', { source: name, detail, ...(toSet.length > 0 ? { set: toSet } : {}) })
  }
  console.log(`${answer.status}, ${answer.body.length} bytes, ${Math.round(performance.now() - beganMs)} ms`)
  return answer
}

/** Returns how many rows there were. */
function showRecords(body: Buffer, decoder: Decoder, options: PollOptions, most: number): number {
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
  return rows
}
