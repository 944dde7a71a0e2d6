import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LogWriter, verifyLog } from '../../../engine/log/index.ts'
import { LogFiller } from './log-filler.ts'
import { codeOf, makeLog, temporaryDirectory } from './made-log.ts'

const script = (name: string) => new URL(name, import.meta.url).pathname

/** A shell command in a mount namespace of its own, where even a common user may mount. */
function inNamespace(command: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('unshare', ['-rm', 'sh', '-c', command, 'sh', ...args], { encoding: 'utf8' })
}

const canMount = inNamespace('mount -t tmpfs -o size=64k none /mnt').status === 0

describe('a log on a disk that is full', () => {
  test.skipIf(!canMount).each([
    { segmentBytes: 1 << 26, what: 'within a segment' },
    { segmentBytes: 4096, what: 'at a new segment' },
    { segmentBytes: 30_000, what: 'at either' },
  ])('refuses the batch, stays whole, and takes the same batch when there is room: $what', ({ segmentBytes }) => {
    const mount = join(temporaryDirectory(), 'mount')
    mkdirSync(mount)
    const run = `mount -t tmpfs -o size=1200k none "$1" && exec "$2" --disable-warning=ExperimentalWarning "$3" "$1" "$4"`
    const { stdout, stderr } = inNamespace(
      run,
      mount,
      process.execPath,
      script('full-disk-writer.ts'),
      `${segmentBytes}`,
    )
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      refused: 3,
      unclean: 0,
      codes: ['ENOSPC'],
      batches: 60,
      damage: null,
      tornTail: null,
    })
  })

  test.skipIf(process.platform !== 'linux')(
    'and with it a file size limit: cuts off what was written before it',
    () => {
      const directory = temporaryDirectory()
      const program = `
      const { LogWriter } = await import(${JSON.stringify(script('../../../engine/log/index.ts'))})
      const { LogFiller } = await import(${JSON.stringify(script('./log-filler.ts'))})
      process.on('SIGXFSZ', () => {})
      const filler = new LogFiller(LogWriter.open(${JSON.stringify(directory)}))
      try { for (;;) filler.append(100) } catch (error) { console.log(error.code, error.details.code, filler.writer.end.barrier) }`
      const run = 'ulimit -f 64; exec "$1" --disable-warning=ExperimentalWarning --input-type=module -e "$2"'
      const { stdout } = spawnSync('sh', ['-c', run, 'sh', process.execPath, program], { encoding: 'utf8' })
      const [code, errno, barrier] = stdout.trim().split(' ')
      expect([code, errno]).toEqual(['SKEIN_LOG_DISK', 'EFBIG'])
      expect(verifyLog(directory)).toMatchObject({ batches: Number(barrier), damage: null, tornTail: null })
      const writer = LogWriter.open(directory)
      expect(writer.cut).toBeNull()
      new LogFiller(writer).append(100)
      writer.close()
    },
  )

  test.skipIf(!canMount)('or read-only says so', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [1])
    const program = `
      const { LogWriter } = await import(${JSON.stringify(script('../../../engine/log/index.ts'))})
      try { LogWriter.open(${JSON.stringify(directory)}) } catch (error) { console.log(error.code, error.details.code, error.retryable) }`
    const run = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" --disable-warning=ExperimentalWarning --input-type=module -e "$3"`
    const { stdout, stderr } = inNamespace(run, directory, process.execPath, program)
    expect([stdout.trim(), stderr]).toEqual(['SKEIN_LOG_DISK EROFS true', ''])
  })

  test('or a directory that cannot be made says so', () => {
    expect(codeOf(() => LogWriter.open('/dev/null/no/such/place'))).toBe('SKEIN_LOG_DISK')
  })
})
