/** `skein topics` and `skein tail`: the log as its readers see it, whoever is writing it. */
import { SkeinError } from '../engine/errors.ts'
import { readTopic, type Topic } from '../engine/log/topic.ts'
import { sourcesIn } from '../schemas/topic-sources.ts'
import { topicsOf } from '../schemas/topics.ts'
import { requireLog } from './log-directory.ts'
import { printLine } from './print-line.ts'
import { onShutdown } from './shutdown.ts'

export function topicsIn(directory: string): readonly Topic<unknown>[] {
  requireLog(directory)
  return topicsOf(sourcesIn(directory))
}

export async function topics({ log, json }: { log: string; json: boolean }): Promise<void> {
  const all = topicsIn(log)
  const counts = new Map(
    all.map(({ name }) => [name, { records: 0, first: null as number | null, last: null as number | null }]),
  )
  for (const topic of all) {
    const count = counts.get(topic.name)!
    // Only the place of a record is asked for: its value is not made.
    for await (const { offset } of readTopic(log, { ...topic, value: () => null })) {
      count.records++
      count.first ??= offset
      count.last = offset
    }
  }
  const rows = all.map(({ name, kind }) => ({ topic: name, kind, ...counts.get(name)! }))
  if (json) for (const row of rows) console.log(JSON.stringify(row))
  else
    for (const { topic, kind, records, first, last } of rows) {
      console.log(
        `${topic.padEnd(18)}${kind.padEnd(12)}${String(records).padStart(10)} records${first === null ? '' : `   offsets ${first} to ${last}`}`,
      )
    }
}

interface TailOptions {
  log: string
  from?: number
  follow: boolean
  compacted: boolean
  json: boolean
}

export async function tail(name: string, options: TailOptions): Promise<void> {
  const { log, from, follow, compacted, json } = options
  const all = topicsIn(log)
  const topic = all.find((one) => one.name === name)
  if (topic === undefined) throw new SkeinError('SKEIN_CLI_TOPIC', { topic: name, known: all.map((one) => one.name) })
  const stop = new AbortController()
  void onShutdown().requested.then(() => stop.abort())
  for await (const { offset, key, value } of readTopic(log, topic, { from, follow, compacted, signal: stop.signal })) {
    await printLine(
      json ? jsonLine(key, value) : `${offset}  ${key}  ${value === null ? '(removed)' : JSON.stringify(value)}`,
    )
  }
}

/** The envelope alone; a tombstone says whose it is. */
function jsonLine(key: string, value: unknown): string {
  return JSON.stringify(value ?? { key, value: null })
}
