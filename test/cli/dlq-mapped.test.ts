/** What a source's map refused is read by it again, once the map is right. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'

const ROWS = [
  { s: 'ONE', t: 1_764_200_000, p: 1.5 },
  { s: 'TWO', t: 1_764_200_000, p: 'n/a' },
  { s: 'SIX', t: 1_764_200_000, p: 'closed' },
]

async function serviceOf(body: unknown): Promise<string> {
  const service = createServer((_, response) => response.end(JSON.stringify(body)))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void service.close())
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}/quotes`
}

const sourceOf = (url: string, key: string, nulls: string) =>
  `quotes: { poll: { url: "${url}", every: 60s, limits: [], map: { records: "data[*]", schema: quote, key: "${key}", time: { from: t, unit: s }, fields: { price: p }, nulls: ${nulls} } } }`

describe('dead letters of a map', () => {
  test('are sent again through it, each once, and what is still wrong is refused once more', async () => {
    const url = await serviceOf({ data: ROWS })
    const program = pollingProgram(sourceOf(url, 'x:{s}', '[]'))
    const run = program.start()
    await expect.poll(() => program.topic('adsb_raw.dlq').length, { interval: 200 }).toBe(2)
    await program.stop(run, 'SIGTERM')
    program.write(sourceOf(url, 'x:{s}', '["n/a"]'))
    const replay = () =>
      JSON.parse(
        program
          .skein('dlq', 'replay', '--log', program.log, '--config', program.file, '--json')
          .trim()
          .split('\n')
          .at(-1)!,
      )
    expect(replay()).toMatchObject({ replayed: 2, accepted: 1, dead_lettered: 1 })
    const quotes = program.topic('market.quotes') as unknown as { symbol: string; price: number | null; time: string }[]
    expect(quotes.map(({ symbol, price }) => [symbol, price])).toEqual([
      ['x:ONE', 1.5],
      ['x:TWO', null],
    ])
    expect(quotes[1]!.time).toBe(new Date(1_764_200_000_000).toISOString())
    program.write(sourceOf(url, 'x:{s}', '["n/a", "closed"]'))
    expect(replay()).toMatchObject({ replayed: 1, replayed_before: 2, accepted: 1, dead_lettered: 0 })
    expect(replay()).toMatchObject({ replayed: 0, accepted: 0 })
  })

  test('that need what stood around them are not sent', async () => {
    const url = await serviceOf({ data: ROWS, market: 'm' })
    const program = pollingProgram(sourceOf(url, '{$body.market}:{s}', '[]'))
    const run = program.start()
    await expect.poll(() => program.topic('adsb_raw.dlq').length, { interval: 200 }).toBe(2)
    await program.stop(run, 'SIGTERM')
    const answer = program.skein('dlq', 'replay', '--log', program.log, '--config', program.file, '--json')
    expect(JSON.parse(answer.trim().split('\n').at(-1)!)).toMatchObject({ replayed: 0, not_replayable: 2 })
  })
})
