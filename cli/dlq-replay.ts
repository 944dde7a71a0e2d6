/** `skein dlq replay`: dead letters through the whole pipeline once more, as a source of their own. */
import { deadLettersSpec } from '../actors/registry.ts'
import type { DeadLettersOptions } from '../actors/source/dead-letters/dead-letters.ts'
import { obstacleOf, readDeadLetter } from '../actors/source/dead-letters/letter.ts'
import { deadLettersIn } from '../actors/source/dead-letters/letters.ts'
import { mapFor, type SourceMap } from '../actors/source/dead-letters/maps.ts'
import { Sent } from '../actors/source/dead-letters/sent.ts'
import { matcherOf, type NameOf, namesIn, type Where } from '../actors/source/dead-letters/where.ts'
import type { ReplayOptions } from '../actors/source/replay/replay.ts'
import { SkeinError } from '../engine/errors.ts'
import { readLastBarrier } from '../engine/log/last-barrier.ts'
import { SourceRegistry } from '../engine/log/source-registry.ts'
import { type Barrier, ledgerOf, makeSourceState, type SourceState } from '../engine/records/index.ts'
import type { Plan } from '../engine/runtime/plan.ts'
import { formatLedger, type LedgerLine, withInFlight } from './ledger-lines.ts'
import { loadPipeline } from './load.ts'
import { requireLog } from './log-directory.ts'
import { type Pipeline, RESENDING_SOURCE } from './pipeline.ts'
import { planOf } from './plan.ts'
import { runToEnd } from './run-to-end.ts'

interface ReplayCommand {
  log: string
  where?: Where
  format: string
  config?: string
  set: string[]
  json: boolean
}

export async function replayDeadLetters(command: ReplayCommand): Promise<void> {
  const { log, where = {}, json } = command
  requireLog(log)
  const { config } = loadPipeline({ ...configuration(command), set: settings(command) })
  const last = readLastBarrier(log)
  const until = last.sequence + 1
  const before = new Standing(log, last)
  before.requireRoomFor(where)
  const maps = mapsIn(command)
  const survey = await before.survey(where, until, maps)
  await runToEnd(planWith(config, { where, until, maps }))
  const after = new Standing(log, readLastBarrier(log))
  const outcome = { replayed: after.sent.letters - before.sent.letters, ...survey }
  const ledger = after.ledgerSince(before)
  console.log(json ? JSON.stringify({ ...outcome, ...ledger }) : formatOutcome(outcome, ledger))
}

interface Survey {
  replayed_before: number
  not_replayable: number
}

/** How far the log's dead letters have been replayed at a barrier. */
class Standing {
  readonly sent: Sent
  readonly #log: string
  readonly #state: SourceState
  readonly #nameOf: NameOf

  constructor(log: string, barrier: Barrier) {
    const id = new SourceRegistry(log).named(RESENDING_SOURCE)?.id ?? 0
    this.#log = log
    this.#state = barrier.sources.get(id) ?? makeSourceState(id)
    this.#nameOf = namesIn(log)
    this.sent = Sent.decode(this.#state.cursor, this.#nameOf)
  }

  /** Throws `SKEIN_CLI_USAGE` when the log cannot remember one more filter. */
  requireRoomFor(where: Where): void {
    const asked = Sent.decode(this.#state.cursor, this.#nameOf)
    asked.begin(where)
    if (asked.fits) return
    const reason = 'this log has been asked with too many different --where; replay once without, and it forgets them'
    throw new SkeinError('SKEIN_CLI_USAGE', { reason })
  }

  /** Looks at what is asked for before anything is done; says which dead letters cannot be replayed. */
  async survey(where: Where, until: number, maps: readonly SourceMap[]): Promise<Survey> {
    const matches = matcherOf(where, this.#nameOf)
    const survey = { replayed_before: 0, not_replayable: 0 }
    for await (const frame of deadLettersIn(this.#log, until)) {
      if (!matches(frame)) continue
      const letter = readDeadLetter(frame)
      const obstacle = obstacleOf(letter, mapFor(maps, this.#nameOf(frame.sourceId), letter.origin))
      if (obstacle === null) {
        if (this.sent.has(frame)) survey.replayed_before++
        continue
      }
      survey.not_replayable++
      console.error(`skein: dead letter ${frame.sequence} cannot be replayed: ${obstacle}`)
    }
    return survey
  }

  ledgerSince(before: Standing): LedgerLine {
    return withInFlight(ledgerOf(this.#state.counts.map((count, slot) => count - before.#state.counts[slot]!)))
  }
}

/** As recorded files would be planned, so that the same rules judge what comes; only what is read is another. */
function planWith(config: Pipeline, asked: Pick<DeadLettersOptions, 'where' | 'until' | 'maps'>): Plan {
  const plan = planOf(config)
  const [source] = plan.sources
  const { files: _, speed, loop, maxBodyBytes, ...judging } = source!.options as ReplayOptions
  const options: DeadLettersOptions = { directory: plan.directory, ...asked, ...judging }
  const metadata = { ...source!.metadata, provider: RESENDING_SOURCE }
  const deadLetters = { ...source!, name: RESENDING_SOURCE, metadata, module: deadLettersSpec.module, options }
  return { ...plan, sources: [deadLetters] }
}

/** The maps of the configuration's own sources. */
function mapsIn({ config, set }: ReplayCommand): SourceMap[] {
  if (config === undefined) return []
  const { sources } = loadPipeline({ file: config, set }).config
  return Object.entries(sources).flatMap(([source, one]): SourceMap[] => {
    if (one.kind === 'kafka' && one.options.map !== undefined)
      return one.options.topics.map((topic) => ({ source, map: one.options.map!, origin: `${topic}/` }))
    if (one.kind !== 'poll' || one.options.map === undefined) return []
    const [origin] = one.options.url.split(/[{?]/) as [string]
    return [{ source, map: one.options.map, origin }]
  })
}

/** Without a configuration of the caller's, nothing but defaults. */
function configuration({ config }: ReplayCommand): { file: string; text?: string } {
  return config === undefined ? { file: 'dlq replay', text: 'name: dlq\nsources: {}\n' } : { file: config }
}

function settings({ log, format, set }: ReplayCommand): string[] {
  return [
    `sources=${JSON.stringify({ planned: { replay: { files: [log], format } } })}`,
    `log.directory=${JSON.stringify(log)}`,
    'ops.logLevel=warn',
    ...set,
  ]
}

function formatOutcome(outcome: Survey & { replayed: number }, ledger: LedgerLine): string {
  const lines = Object.entries(outcome).map(
    ([name, count]) => `  ${name.replaceAll('_', ' ').padEnd(26)}${count.toLocaleString('en-US').padStart(14)}`,
  )
  return ['dead letters', ...lines, formatLedger('what they gave', ledger)].join('\n')
}
