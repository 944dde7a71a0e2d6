import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SKEIN, SkeinProcess } from '../chaos/skein-process.ts'
import { writeEvents } from '../engine/runtime/generated-recording.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

const RELOADED = 'the configuration was reloaded'
const REFUSED = 'the changed configuration is refused'

/** `skein run` over a configuration in a folder of its own, each source in a file of its own. */
async function running(...sources: string[]) {
  const scratch = scratchDirectory()
  mkdirSync(join(scratch, 'sources'))
  const log = join(scratch, 'log')
  const file = join(scratch, 'pipeline.yaml')
  for (const name of ['a', 'b']) {
    const recording = writeEvents(join(scratch, `${name}.jsonl`), 100)
    writeFileSync(join(scratch, `sources/${name}.yaml`), `replay: { files: [${recording}], speed: 0 }\n`)
  }
  const write = (names: string[], more = '') =>
    writeFileSync(
      file,
      `name: test\nlog: { directory: ${log} }\nops: { port: 0 }\n${more}sources:\n${names
        .map((name) => `  ${name}: { include: sources/${name}.yaml }\n`)
        .join('')}`,
    )
  write(sources)
  const run = new SkeinProcess(SKEIN, ['run', file])
  onTestFinished(async () => {
    run.signal('SIGTERM')
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
  })
  await run.until('it runs', () => run.stderr.includes('running'))
  return { run, write, scratch }
}

describe('a running pipeline', () => {
  test('says which settings only a restart takes over', async () => {
    const { run, write } = await running('a')
    write(['a'], 'compat: { producerMetricsPort: 8009 }\nhub: { port: 8099 }\n')
    await run.until('it is refused', () => run.stderr.includes(REFUSED))
    expect(run.stderr).toContain('parts=[\\"compat.producerMetricsPort\\",\\"hub\\"]')
  })

  test('takes over a source that is added to its file', async () => {
    const { run, write } = await running('a')
    write(['a', 'b'])
    await run.until('it is reloaded', () => run.stderr.includes(RELOADED))
    expect(run.stderr).toContain('"added":["b"]')
  })

  test('takes over what changes in a file that it includes, at SIGHUP too', async () => {
    const { run, scratch } = await running('a')
    writeFileSync(join(scratch, 'sources/a.yaml'), `replay: { files: [${join(scratch, 'b.jsonl')}], speed: 0 }\n`)
    run.signal('SIGHUP')
    await run.until('it is reloaded', () => run.stderr.includes(RELOADED))
    expect(run.stderr).toContain('"changed":["a"]')
  })

  test('refuses what is not valid, with every mistake and its place, and what would need a restart', async () => {
    const { run, write } = await running('a')
    write(['a'], 'dedupe: { lanes: many, windw: 5s }\n')
    await run.until('it is refused', () => run.stderr.includes(REFUSED))
    expect(run.stderr).toContain('pipeline.yaml:4:18')
    expect(run.stderr).toContain('did you mean "window"')
    write(['a', 'b'], 'dedupe: { lanes: 2 }\n')
    await run.until('it is refused again', () =>
      run.stderr.includes('only sources can change while the engine runs: parts=[\\"dedupe.lanes'),
    )
    expect(run.stderr).not.toContain(RELOADED)
  })
})
