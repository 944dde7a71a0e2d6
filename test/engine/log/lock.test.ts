import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SkeinError } from '../../../engine/errors.ts'
import { askHolder, DirectoryLock, lockDirectory } from '../../../engine/log/lock.ts'
import { temporaryDirectory } from './made-log.ts'

const lockUrl = new URL('../../../engine/log/lock.ts', import.meta.url).href

/** A process that takes the lock, says 'held' or 'refused', and holds it until it is killed. */
function startHolder(directory: string): { pid: number; said: Promise<string>; kill: () => Promise<unknown> } {
  const script = `
    const { lockDirectory } = await import(${JSON.stringify(lockUrl)})
    try { await lockDirectory(${JSON.stringify(directory)}); console.log('held') }
    catch (error) { console.log('refused ' + error.code + ' ' + error.details.pid) }`
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const exited = once(child, 'exit')
  const kill = () => {
    child.kill('SIGKILL')
    return exited
  }
  onTestFinished(async () => void (await kill()))
  const said = once(child.stdout, 'data').then(([data]) => String(data).trim())
  return { pid: child.pid!, said, kill }
}

async function refusal(directory: string): Promise<SkeinError> {
  return lockDirectory(directory).then(
    () => {
      throw new Error('the lock was given')
    },
    (error) => error as SkeinError,
  )
}

describe("a log directory's lock", () => {
  test('is refused to a second process, which is told who has it', async () => {
    const directory = temporaryDirectory()
    const holder = startHolder(directory)
    expect(await holder.said).toBe('held')
    const error = await refusal(directory)
    expect(error.code).toBe('SKEIN_LOG_LOCKED')
    expect(error.details).toMatchObject({ pid: holder.pid, directory })
    expect(Date.now() - Date.parse(String(error.details.started))).toBeLessThan(60_000)
  })

  test('is free again when its holder was killed, socket and all', async () => {
    const directory = temporaryDirectory()
    const holder = startHolder(directory)
    await holder.said
    await holder.kill()
    expect(existsSync(join(directory, 'admin.sock'))).toBe(true)
    expect(await askHolder(directory)).toBeNull()
    const lock = await lockDirectory(directory)
    expect(await askHolder(directory)).toMatchObject({ pid: process.pid })
    await lock.release()
  })

  test('is refused within the same process too, and free when it was released', async () => {
    const directory = temporaryDirectory()
    const first = await lockDirectory(directory)
    expect((await refusal(directory)).details).toMatchObject({ pid: process.pid })
    await first.release()
    expect(existsSync(join(directory, 'admin.sock'))).toBe(false)
    const second = await lockDirectory(directory)
    await second.release()
  })

  test('goes to exactly one of many that start at once over a stale socket', async () => {
    const directory = temporaryDirectory()
    const dead = startHolder(directory)
    await dead.said
    await dead.kill()
    const starters = Array.from({ length: 6 }, () => startHolder(directory))
    const said = await Promise.all(starters.map((starter) => starter.said))
    const held = starters[said.indexOf('held')]!
    const others = new Array(5).fill(`refused SKEIN_LOG_LOCKED ${held.pid}`)
    expect(said.filter((words) => words !== 'held')).toEqual(others)
  })

  test('says that somebody has it even if that one does not answer', async () => {
    const directory = temporaryDirectory()
    const lock = await lockDirectory(directory)
    lock.server.close()
    const deaf = createServer().listen(join(directory, 'admin.sock'))
    await once(deaf, 'listening')
    const error = await refusal(directory)
    expect(error.details.pid).toBe('unknown')
    deaf.close()
    await lock.release()
  })

  test('clears away what a holder that died was about to put in place', async () => {
    const directory = temporaryDirectory()
    const leftover = join(directory, 'sources.json.4711.tmp')
    writeFileSync(leftover, 'half of')
    const lock = await lockDirectory(directory)
    expect(existsSync(leftover)).toBe(false)
    await lock.release()
  })

  test('that cannot be written says so', async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'lock'))
    expect(await refusal(directory)).toMatchObject({ code: 'SKEIN_LOG_DISK', retryable: true })
    expect(await refusal('/dev/null/nowhere')).toMatchObject({ code: 'SKEIN_LOG_DISK' })
    expect(await refusal('/proc/skein/log')).toMatchObject({ code: 'SKEIN_LOG_DISK' })
  })

  test('works in a directory whose path is too long for a socket', async () => {
    const directory = join(temporaryDirectory(), 'd'.repeat(120), 'e'.repeat(120))
    mkdirSync(directory, { recursive: true })
    const lock = await lockDirectory(directory)
    expect(statSync(join(directory, 'admin.sock')).isSocket()).toBe(true)
    expect(await askHolder(directory)).toMatchObject({ pid: process.pid })
    expect((await refusal(directory)).details).toMatchObject({ pid: process.pid })
    await lock.release()
  })

  test('serves what the engine attaches on the same socket, to its owner only', async () => {
    const directory = temporaryDirectory()
    const lock = await DirectoryLock.take(directory)
    const socketPath = join(directory, 'admin.sock')
    const status = (path: string) =>
      new Promise((done) => get({ socketPath, path, agent: false }, (response) => done(response.resume().statusCode)))
    expect(await status('/ready')).toBe(404)
    lock.handler = (_, response) => response.writeHead(200).end('ok')
    expect(await status('/ready')).toBe(200)
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
    await lock.release()
  })
})
