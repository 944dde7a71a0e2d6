import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ErrorEntry, errorRegistry, SkeinError } from '../../engine/errors.ts'

const page = new URL('../../docs/errors.md', import.meta.url)
const entries: [string, ErrorEntry][] = Object.entries(errorRegistry)

/** The page with its table made anew from the registry; what stands around the table is kept. */
function pageFromRegistry(): string {
  const rows = entries.map(
    ([code, { what, next, retryable, exitCode }]) =>
      `| \`${code}\` | ${what} | ${next} | ${retryable ? 'yes' : 'no'} | ${exitCode ?? 1} |`,
  )
  const table = [
    '| code | what happened | what to do | retryable | exit code |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ]
  const text = readFileSync(page, 'utf8')
  return text.replace(
    /(<!-- errors -->\n).*(<!-- \/errors -->)/s,
    (_, open, close) => `${open}${table.join('\n')}\n${close}`,
  )
}

describe('the error registry', () => {
  test('stands row for row in docs/errors.md, and nothing else does', async () => {
    const codesOnPage = readFileSync(page, 'utf8').match(/^\| `SKEIN_\w+`/gm) ?? []
    expect(codesOnPage.length, 'docs/errors.md has lost its table').toBeGreaterThan(0)
    await expect(pageFromRegistry()).toMatchFileSnapshot(page.pathname)
  })

  test.each(entries)('%s is named SKEIN_<AREA>_<WHAT> and says what happened and what to do', (code, entry) => {
    expect(code).toMatch(/^SKEIN_(CONFIG|RING|LOG|RECORDS|RUNTIME|SOURCE|FETCH|SHARD|DEDUPE|SINK|HUB|OPS|CLI)_[A-Z_]+$/)
    expect(entry.what).toMatch(/^[^A-Z].*[^.]$/)
    expect(entry.next).toMatch(/^[A-Z`].*\.$/)
    expect(entry.exitCode ?? 1).toBeGreaterThan(0)
  })
})

describe('a SkeinError', () => {
  test('says what happened, then its details as key=value', () => {
    const error = new SkeinError('SKEIN_RING_FRAME_TOO_LARGE', { lengthBytes: 4096, ring: 'shard.0', lanes: [1, 2] })
    expect(error.message).toBe('a frame is longer than its ring can hold: lengthBytes=4096, ring=shard.0, lanes=[1,2]')
  })

  test('without details is only what happened', () => {
    expect(new SkeinError('SKEIN_LOG_DISK').message).toBe('the log cannot be written')
  })

  test('takes retryable, exit code and advice from the registry', () => {
    const error = new SkeinError('SKEIN_LOG_DISK')
    expect({ retryable: error.retryable, exitCode: error.exitCode, next: error.next }).toEqual({
      retryable: true,
      exitCode: 74,
      next: errorRegistry.SKEIN_LOG_DISK.next,
    })
    expect(new SkeinError('SKEIN_SINK_UNAVAILABLE').exitCode).toBe(1)
  })

  test('survives structured clone with code, details, stack and causes', () => {
    const cause = Object.assign(new TypeError('no such file'), { path: '/x' })
    const error = new SkeinError('SKEIN_SOURCE_UNREADABLE', { file: 'a.jsonl', at: { line: 3 } }, { cause })
    const revived = SkeinError.fromPlain(structuredClone(error.toPlain()))
    expect(revived).toBeInstanceOf(SkeinError)
    expect(revived.toPlain()).toEqual(error.toPlain())
    expect(revived.cause).toBeInstanceOf(Error)
    expect((revived.cause as Error).name).toBe('TypeError')
  })

  test('is the same plain data in JSON', () => {
    const error = new SkeinError('SKEIN_LOG_LOCKED', { pid: 42 })
    expect(JSON.parse(JSON.stringify(error))).toEqual(error.toPlain())
  })

  test('with a circular cause still becomes plain data', () => {
    const cause = new Error('a')
    cause.cause = cause
    expect(() => JSON.stringify(new SkeinError('SKEIN_LOG_DISK', {}, { cause }))).not.toThrow()
  })

  test('is made of anything thrown, once', () => {
    const wrapped = SkeinError.from(new RangeError('out of memory'))
    expect(wrapped.message).toBe('an unexpected error: reason=RangeError: out of memory')
    expect(SkeinError.from(wrapped)).toBe(wrapped)
    expect(SkeinError.from('a string').details).toEqual({ reason: 'a string' })
  })

  test('of an unknown code or none arrives as SKEIN_RUNTIME_UNEXPECTED', () => {
    const revived = SkeinError.fromPlain({ name: 'Error', message: 'boom', stack: '', code: 'SKEIN_NEWER_THING' })
    expect(revived.code).toBe('SKEIN_RUNTIME_UNEXPECTED')
    expect(revived.details).toEqual({ reason: 'Error: boom' })
  })
})
