/** `skein dlq list` and `skein dlq show`: what was refused, as the log has it, whoever is writing it. */
import { matcherOf, namesIn, type Where } from '../actors/source/dead-letters/where.ts'
import { SkeinError } from '../engine/errors.ts'
import { readTopic, type Topic } from '../engine/log/topic.ts'
import type { DeadLetterRecord } from '../schemas/topics.ts'
import { printLine } from './print-line.ts'
import { topicsIn } from './topics.ts'

interface ListCommand {
  log: string
  where?: Where
  json: boolean
}

export async function listDeadLetters({ log, where = {}, json }: ListCommand): Promise<void> {
  for (const topic of deadLetterTopics(log, where)) {
    for await (const { value, offset } of readTopic(log, topic)) {
      const letter = value as DeadLetterRecord
      if (json) await printLine(JSON.stringify({ dlq_offset: offset, ...letter }))
      else
        await printLine(`${String(offset).padStart(10)}  ${letter.reason.padEnd(16)}${place(letter)}  ${letter.detail}`)
    }
  }
}

export async function showDeadLetter(offset: number, { log }: { log: string }): Promise<void> {
  const letter = await findDeadLetter(log, offset)
  if (letter === null) throw new SkeinError('SKEIN_CLI_DEAD_LETTER', { offset })
  const { input_base64, ...rest } = letter
  console.log(JSON.stringify(rest, null, 2))
  process.stdout.write(Buffer.from(input_base64, 'base64'))
  process.stdout.write('\n')
}

async function findDeadLetter(log: string, wanted: number): Promise<DeadLetterRecord | null> {
  for (const topic of deadLetterTopics(log, {})) {
    for await (const { offset, value } of readTopic(log, topic, { from: wanted })) {
      if (offset === wanted) return value as DeadLetterRecord
      break
    }
  }
  return null
}

function deadLetterTopics(log: string, where: Where): Topic<unknown>[] {
  const topics = topicsIn(log).filter(({ name }) => name.endsWith('.dlq'))
  const matches = matcherOf(where, namesIn(log))
  return topics.map((topic) => ({ ...topic, matches: (frame) => topic.matches(frame) && matches(frame) }))
}

function place({ origin, line, row }: DeadLetterRecord): string {
  return `${origin}${line === null ? '' : `:${line}`}${row === null ? '' : ` row ${row}`}`
}
