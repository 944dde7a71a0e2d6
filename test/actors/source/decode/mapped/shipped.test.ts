/** Every source that is shipped, against its provider: what it asks for, and what it makes of the answer. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { MappedDecoder } from '../../../../../actors/source/decode/mapped/index.ts'
import { Authorizer, authSpec, HttpClient, nextLink } from '../../../../../actors/source/http/index.ts'
import { besidesOf } from '../../../../../actors/source/poll/pages-spec.ts'
import { Reading } from '../../../../../actors/source/poll/reading.ts'
import { combinations } from '../../../../../actors/source/poll/rounds.ts'
import { SinceCursors } from '../../../../../actors/source/poll/since-cursors.ts'
import { pollSpec } from '../../../../../actors/source/poll/spec.ts'
import { UrlTemplate } from '../../../../../actors/source/poll/url-template.ts'
import { loadConfig } from '../../../../../engine/config/index.ts'
import { Frame, FrameBatch, FrameKind } from '../../../../../engine/records/index.ts'
import { DEMO_KEY, DEMO_SECRET } from '../../../../../fixtures/airspace/serve/index.ts'
import { schemaById } from '../../../../../schemas/index.ts'
import { NOON_MS, startAsking } from '../../../../fixtures/airspace/serve/asking.ts'
import { makeContext } from '../decoding.ts'

const FOLDER = join(import.meta.dirname, '../../../../../config/sources')
const names = readdirSync(FOLDER).map((file) => file.replace('.yaml', ''))
const NATIVE = ['adsb-fi', 'adsb-lol', 'airplanes-live', 'opensky']
const root = z.strictObject({
  provider: z.string(),
  mode: z.string().optional(),
  pollInterval: z.any().optional(),
  poll: pollSpec.options,
})

/** The airspace’s name of a source’s provider. */
const providerOf = (name: string) => name.replace(/^binance-.*/, 'binance').replace('usgs-catalog', 'usgs-earthquakes')

function load(name: string, url: string) {
  const text = readFileSync(join(FOLDER, `${name}.yaml`), 'utf8')
  const variables = [...text.matchAll(/\$\{(\w+):([^}]*)\}/g)]
  const env = Object.fromEntries(
    variables.map(([, variable = '', otherwise]) => {
      if (/SECRET/.test(variable)) return [variable, DEMO_SECRET]
      if (/KEY/.test(variable)) return [variable, DEMO_KEY]
      return [variable, /_URL$/.test(variable) ? url : otherwise]
    }),
  )
  const loaded = loadConfig({ file: `${name}.yaml`, text, root, env })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  return (loaded.config as z.output<typeof root>).poll
}

test.each(names)('%s is a file of less than 25 lines', (name) => {
  expect(
    readFileSync(join(FOLDER, `${name}.yaml`), 'utf8')
      .trimEnd()
      .split('\n').length,
  ).toBeLessThan(25)
})

test.each(names.filter((name) => !NATIVE.includes(name)))('%s gives what it says', async (name) => {
  const provider = providerOf(name)
  const { airspace } = await startAsking({
    providers: { [provider]: {} },
    clock: name === 'binance-account' ? Date.now : () => NOON_MS,
  })
  const poll = load(name, airspace.url(provider))
  const client = new HttpClient()
  const decoder = new MappedDecoder(poll.map!, besidesOf(poll))
  const since = poll.since === undefined ? null : new SinceCursors(poll.since, combinations(poll.params), Buffer.of())
  const asked: string[] = []
  const found: object[] = []
  for (const params of combinations(poll.params)) {
    const auth = poll.auth === undefined ? undefined : authSpec.parse(poll.auth)
    const limits = {
      headersTimeoutMs: 5000,
      bodyTimeoutMs: 5000,
      totalTimeoutMs: 9000,
      maxBodyBytes: 1e7,
      maxRedirects: 0,
    }
    const address = new UrlTemplate(poll.url)
    const first = since?.ask(address, params) ?? address.fill(params)
    const reading = new Reading(first, poll.pages ?? null, since?.newMark() ?? null)
    while (reading.end === null) {
      asked.push(reading.url.replace(airspace.url(provider), ''))
      const request = await new Authorizer(auth, client).authorize(
        { url: reading.url, headers: { 'user-agent': 'skein' } },
        new AbortController().signal,
      )
      const answer = await client.send(request, limits, new AbortController().signal)
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      const context = {
        ...makeContext(),
        ingestedMs: NOON_MS,
        latestClockMs: NOON_MS,
        maxTimeAheadMs: Number.POSITIVE_INFINITY,
      }
      const batch = new FrameBatch()
      decoder.params = params
      decoder.mark = reading.mark
      const rows = decoder.decode(answer.body, 0, answer.body.length, context, batch)
      expect(decoder.isTaken, answer.body.toString()).toBe(true)
      for (let at = 0; at < batch.length; ) {
        const frame = new Frame(batch.memory).at(at)
        expect(frame.kind).toBe(FrameKind.record)
        const given = Object.entries(schemaById(frame.schemaId)!.toObject(frame)).filter(([, value]) => value !== null)
        found.push({
          time: name === 'binance-account' ? 'now' : new Date(frame.time).toISOString(),
          ...Object.fromEntries(given),
        })
        at += frame.stride
      }
      reading.follow({ rows, next: decoder.next, link: nextLink(answer.headers) })
    }
    since?.conclude(params, reading)
  }
  await client.close()
  const shown = found.slice(0, 3).map((record) => JSON.stringify(record).slice(0, 400))
  const told =
    since === null
      ? ''
      : combinations(poll.params)
          .map((params) => `\nsince ${since.textOf(params)}`)
          .join('')
  const pages = asked.length === combinations(poll.params).length ? '' : `\n${asked.join('\n')}`
  await expect(`${shown.join('\n')}\n… ${found.length} in all${told}${pages}\n`).toMatchFileSnapshot(
    `shipped/${name}.txt`,
  )
})
