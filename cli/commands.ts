/** Every command: how it is called, and where its code is. */
import { type Command, InvalidArgumentError } from 'commander'

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
const collect = (value: string, all: string[]): string[] => [...all, value]

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
    .option('--config <file>', 'take bounds, dedupe and limits from this configuration')
    .option('--set <path=value>', 'set one value of the configuration', collect, [])
    .option('--json', 'print the ledger as one line of JSON', false)
    .addHelpText('after', example('skein replay fixtures/opensky_nyc_sample.jsonl --log /tmp/nyc --json'))
    .action(async (files, options) => (await import('./replay.ts')).replay(files, options))

export const commands: readonly AddCommand[] = [replay]
