/** Every command: how it is called, and where its code is. */
import { type Command, InvalidArgumentError } from 'commander'
import { parseWhere } from './where.ts'

type AddCommand = (program: Command) => void

const number = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number, 0 or more')
  return value
}
const wholeNumber = (text: string): number => {
  const value = number(text)
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number')
  return value
}
const fieldValue = (text: string, all: [string, string][]): [string, string][] => {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('FIELD=VALUE')
  return [...all, [text.slice(0, at), text.slice(at + 1)]]
}
const collect = (value: string, all: string[]): string[] => [...all, value]

/** Where a pipeline writes unless told otherwise. */
const DEFAULT_LOG = process.env.SKEIN_DATA ?? './data'

/** Of `--where`, which may come several times. */
const WHERE_HELP = 'only those with this reason, source, stage or origin; may be repeated'

const example = (line: string) => `\nExample:\n  $ ${line}\n`

const replay: AddCommand = (program) =>
  program
    .command('replay')
    .description('Run recorded files through the whole pipeline into a log, and print the ledger.')
    .argument('<files...>', 'recordings: JSONL of envelopes or of API bodies, or single bodies; plain or gzip')
    .requiredOption('--log <dir>', 'directory of the log; one that exists is gone on with')
    .option('--format <format>', 'auto, envelope, opensky, readsb or event', 'auto')
    .option('--speed <times>', 'times real time; 0 for as fast as it goes', number, 0)
    .option('--lanes <n>', 'dedupe threads; the log is the same for any number', wholeNumber)
    .option('--config <file>', 'take bounds, dedupe, limits and the maps of sources from this configuration')
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .option('--json', 'print the ledger as one line of JSON', false)
    .addHelpText('after', example('skein replay fixtures/opensky_nyc_sample.jsonl --log /tmp/nyc --json'))
    .action(async (files, options) => (await import('./replay.ts')).replay(files, options))

const run: AddCommand = (program) =>
  program
    .command('run')
    .description('Run a pipeline until it is told to stop.')
    .argument('<config>', 'configuration of the pipeline')
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .option('--fresh', 'delete the log first and start over', false)
    .addHelpText('after', example('skein run config/nyc-replay.yaml --set hub.port=8080'))
    .action(async (config, options) => (await import('./run.ts')).run(config, options))

const check: AddCommand = (program) =>
  program
    .command('check')
    .description('Check a configuration; every mistake is named with its place.')
    .argument('<config>', 'configuration of the pipeline')
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .addHelpText('after', example('skein check config/nyc-replay.yaml'))
    .action(async (config, options) => (await import('./check.ts')).check(config, options))

const print: AddCommand = (program) =>
  program
    .command('print')
    .description('Print a configuration with its defaults filled in and its secrets left out.')
    .argument('<config>', 'configuration of the pipeline')
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .addHelpText('after', example('skein print config/nyc-replay.yaml'))
    .action(async (config, options) => (await import('./check.ts')).print(config, options))

const ledger: AddCommand = (program) =>
  program
    .command('ledger')
    .description('Print what became of every record, by source.')
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .option('--json', 'print the sum over all sources as one line of JSON', false)
    .addHelpText('after', example('skein ledger --log ./data --json'))
    .action(async (options) => (await import('./ledger.ts')).ledger(options))

const topics: AddCommand = (program) =>
  program
    .command('topics')
    .description('List the topics of a log and how many records each has.')
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .option('--json', 'one line of JSON a topic', false)
    .addHelpText('after', example('skein topics --log ./data'))
    .action(async (options) => (await import('./topics.ts')).topics(options))

const tail: AddCommand = (program) =>
  program
    .command('tail')
    .description('Print a topic, from the oldest record to the end.')
    .argument('<topic>', 'its name: `skein topics` lists them')
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .option('--from <offset>', 'begin at this offset or the next higher one', wholeNumber)
    .option('--follow', 'go on as records come', false)
    .option('--compacted', 'only the newest record of each key', false)
    .option('--json', 'one envelope a line, nothing else', false)
    .addHelpText('after', example('skein tail flights.updates --follow --json'))
    .action(async (topic, options) => (await import('./topics.ts')).tail(topic, options))

const find: AddCommand = (program) =>
  program
    .command('find')
    .description('Print events of a source as the sqlite sink keeps them, a line of JSON each, the newest first.')
    .argument('<source>', 'whose events')
    .option('--where <field=value>', 'only those with this value of a field; may be repeated', fieldValue, [])
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .option('--file <file>', 'the database; history.sqlite beside the log unless given')
    .addHelpText('after', example('skein find adsbdb --where registration=HB-JHA --limit 10'))
    .action(async (source, options) => (await import('./find.ts')).find(source, options))

const dlq: AddCommand = (program) => {
  const command = program
    .command('dlq')
    .description('Look at what was refused, and send it again.')
    .addHelpText('after', example('skein dlq list --log ./data --json'))
  command
    .command('list', { isDefault: true })
    .description('List the dead letters: offset, reason, place.')
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .option('--where <key=value>', WHERE_HELP, parseWhere)
    .option('--json', 'one line of JSON each, with the original bytes in base64', false)
    .addHelpText('after', example('skein dlq list --where reason=bad_json --json'))
    .action(async (options) => (await import('./dlq.ts')).listDeadLetters(options))
  command
    .command('show')
    .description('Show one dead letter and its original bytes.')
    .argument('<offset>', 'its offset', wholeNumber)
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .addHelpText('after', example('skein dlq show 1042'))
    .action(async (offset, options) => (await import('./dlq.ts')).showDeadLetter(offset, options))
  command
    .command('replay')
    .description('Send dead letters through the pipeline again, each once, and print what became of them.')
    .option('--log <dir>', 'directory of the log, which nothing else may be writing', DEFAULT_LOG)
    .option('--where <key=value>', WHERE_HELP, parseWhere)
    .option('--format <format>', 'auto, envelope, opensky, readsb or event: what their bytes are', 'auto')
    .option('--config <file>', 'take bounds, dedupe and limits from this configuration')
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .option('--json', 'print the outcome as one line of JSON', false)
    .addHelpText('after', example('skein dlq replay --where reason=table_full --config config/nyc-replay.yaml'))
    .action(async (options) => (await import('./dlq-replay.ts')).replayDeadLetters(options))
  return command
}

const source: AddCommand = (program) => {
  const command = program.command('source').description('Try out a source.')
  command
    .command('test')
    .description(
      'Ask a polled source once, up to three pages, and show the records that come of it. Nothing is written.',
    )
    .argument('<file>', 'a source in a file of its own, or a pipeline')
    .option('--source <name>', 'which source of a pipeline; the first one unless given')
    .option('--param <name=value>', 'a value for the address; the first that is configured unless given', collect, [])
    .option('--records <n>', 'how many records to show', wholeNumber, 5)
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .addHelpText('after', example('skein source test config/sources/coinbase.yaml --param product=ETH-USD'))
    .action(async (file, options) => (await import('./source-test.ts')).testSource(file, options))
  return command
}

const log: AddCommand = (program) => {
  const command = program.command('log').description('Look after a log.')
  command
    .command('verify')
    .description('Read a whole log and say whether it is as it was written.')
    .option('--log <dir>', 'directory of the log', DEFAULT_LOG)
    .option('--json', 'the report as one line of JSON', false)
    .addHelpText('after', example('skein log verify --log ./data'))
    .action(async (options) => (await import('./log.ts')).verify(options))
  return command
}

export const commands: readonly AddCommand[] = [run, check, print, replay, topics, tail, find, dlq, ledger, source, log]
