import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { SkeinError } from '../../../engine/errors.ts'
import type { Log } from '../../../engine/ops/log.ts'
import { Logging } from '../../../engine/ops/logging.ts'
import { redactorOf } from '../../../engine/ops/redaction.ts'
import { WorkerLog } from '../../../engine/ops/worker-log.ts'

interface Bench {
  log: Log
  /** What was written, as it stood on the line. */
  lines: string[]
  objects(): Record<string, unknown>[]
  clock: { ms: number }
}

type Make = (level?: 'debug' | 'info' | 'silent') => Bench

function benchOf(make: (write: (line: string) => void, nowMs: () => number) => Log): Bench {
  const lines: string[] = []
  const clock = { ms: 1000 }
  const log = make(
    (line) => lines.push(line),
    () => clock.ms,
  )
  return { log, lines, clock, objects: () => lines.map((line) => JSON.parse(line)) }
}

const redact = redactorOf(['hunter2"x', 'swordfish'])
const repeats = { burst: 2, windowMs: 1000 }

const logs: [string, Make][] = [
  [
    'main thread',
    (level = 'info') => benchOf((write, nowMs) => new Logging({ level, write, nowMs, redact, repeats }).of('journal')),
  ],
  [
    'worker',
    (level = 'info') => benchOf((write, nowMs) => new WorkerLog('journal', level, { write, nowMs, redact, repeats })),
  ],
]

describe.each(logs)('the log of the %s', (_, make) => {
  test('writes one JSON object a line', () => {
    const { log, lines } = make()
    log.info('committed', { barrier: 7, files: ['a', 'b'] })
    expect(lines).toEqual([
      '{"level":"info","time":1000,"component":"journal","barrier":7,"files":["a","b"],"msg":"committed"}\n',
    ])
  })

  test('leaves out what is below its level', () => {
    const quiet = make('silent')
    quiet.log.error('no')
    expect(quiet.lines).toEqual([])
    const normal = make()
    normal.log.debug('no')
    expect(normal.lines).toEqual([])
    const talkative = make('debug')
    talkative.log.debug('yes')
    expect(talkative.lines).toHaveLength(1)
  })

  test('shows an error with code, details, stack and causes', () => {
    const { log, objects } = make()
    log.error('cannot commit', { error: new SkeinError('SKEIN_LOG_DISK', { free: 0 }, { cause: new Error('ENOSPC') }) })
    expect(objects()[0]).toMatchObject({
      msg: 'cannot commit',
      error: { code: 'SKEIN_LOG_DISK', details: { free: 0 }, cause: { message: 'ENOSPC' }, stack: expect.any(String) },
    })
  })

  test('lets the first few of one code through and says how many it left out', () => {
    const { log, objects, clock } = make()
    for (let i = 0; i < 10; i++) log.error('cannot commit', { error: new SkeinError('SKEIN_LOG_DISK', { attempt: i }) })
    log.error('cannot read', { error: new SkeinError('SKEIN_SOURCE_UNREADABLE') })
    clock.ms += repeats.windowMs
    log.error('cannot commit', { error: new SkeinError('SKEIN_LOG_DISK') })
    expect(objects().map(({ msg, suppressed }) => [msg, suppressed])).toEqual([
      ['cannot commit', undefined],
      ['cannot commit', undefined],
      ['cannot read', undefined],
      ['cannot commit', 8],
    ])
  })

  test('never shows a secret, however it got into the line', () => {
    const { log, lines } = make()
    log.error('refused', {
      error: new Error('password swordfish'),
      url: `http://x/?p=${encodeURIComponent('hunter2"x')}`,
    })
    log.info('hunter2"x')
    expect(lines.join('')).not.toMatch(/swordfish|hunter2/)
    expect(lines.join('').match(/\[redacted\]/g)!.length).toBeGreaterThanOrEqual(3)
  })

  test('logs what is no JSON all the same', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const { log, objects } = make()
    log.info('odd', { circular })
    expect(objects()[0]).toMatchObject({ level: 'info', msg: 'odd' })
  })
})

test('a blocked worker is heard', async () => {
  const url = new URL('../../../engine/ops/worker-log.ts', import.meta.url).href
  const source = `import { workerData } from 'node:worker_threads'
    const { WorkerLog } = await import(${JSON.stringify(url)})
    new WorkerLog('shard', 'info').warn('blocked')
    Atomics.wait(workerData, 0, 0)`
  // A process of its own: the line goes to its standard error, past every stream.

  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    `import { Worker } from 'node:worker_threads'
     new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(source)}`)}), { workerData: new Int32Array(new SharedArrayBuffer(4)) })`,
  ])
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  child.kill('SIGKILL')
  expect(JSON.parse(line.toString())).toMatchObject({ level: 'warn', component: 'shard', msg: 'blocked' })
})
