import { describe, expect, test, vi } from 'vitest'
import { SkeinError } from '../../../engine/errors.ts'
import { scriptedUnit, times } from './scripted-unit.ts'

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 5 })

describe('a unit', () => {
  test('starts when every member runs, and stops when every member has drained', async () => {
    const { unit } = scriptedUnit({ a: {}, b: { setupMs: 50 } })
    await unit.start()
    expect(unit.state).toBe('running')
    await unit.drain()
    expect(unit.state).toBe('stopped')
    expect(unit.threads.every((thread) => thread.isOver)).toBe(true)
  })

  test('starts again as a whole when one member fails', async () => {
    const { unit, starts, failures } = scriptedUnit({ a: { failures: times(2), failure: 'throw' }, b: {} })
    await unit.start()
    await until(() => starts.length === 3 && unit.state === 'running')
    expect(failures.map(({ member, reason }) => [member, reason])).toEqual([
      ['a', expect.stringContaining('a scripted failure')],
      ['a', expect.stringContaining('a scripted failure')],
    ])
  })

  test('starts again when a member fails while others are still starting', async () => {
    const { unit, starts } = scriptedUnit({ a: { failures: times(1), failure: 'exit 1' }, b: { setupMs: 500 } })
    await unit.start()
    expect(starts).toHaveLength(2)
    expect(unit.state).toBe('running')
  })

  test('starts again when a member ends though nobody asked it to', async () => {
    const { unit, starts, failures } = scriptedUnit({ a: { failures: times(1), failure: 'exit 0' }, b: {} })
    await unit.start()
    await until(() => starts.length === 2 && unit.state === 'running')
    expect(failures).toMatchObject([{ member: 'a', reason: 'exited with code 0' }])
  })

  test('is given up at once when a member fails before it runs', async () => {
    const { unit, givenUp } = scriptedUnit({ a: { failsInSetup: true }, b: {} })
    await expect(unit.start()).rejects.toMatchObject({ code: 'SKEIN_RUNTIME_ESCALATED' })
    expect(givenUp).toMatchObject([{ member: 'a', reason: expect.stringContaining('no start') }])
    await unit.drain()
  })

  test('is given up when it fails more often than its limits allow', async () => {
    const { unit, starts, givenUp } = scriptedUnit({ a: { failures: times(100), failure: 'throw' } })
    await unit.start().catch(() => {})
    await until(() => givenUp.length === 1)
    expect(starts).toHaveLength(4)
    expect(unit.state).toBe('given-up')
  })

  test('takes a start that cannot be made for one more failure', async () => {
    const beforeStart = (attempt: number) => {
      if (attempt === 2 || attempt === 3) throw new SkeinError('SKEIN_LOG_DISK', { code: 'EROFS' })
    }
    const { unit, starts, failures } = scriptedUnit({ a: { failures: times(1), failure: 'throw' } }, { beforeStart })
    await unit.start()
    await until(() => starts.length === 2 && unit.state === 'running')
    expect(failures.map(({ member }) => member)).toEqual(['a', 'unit', 'unit'])
  })

  test('does not start again while it drains, unless it holds work that must be finished', async () => {
    for (const finishesAfterFailure of [false, true]) {
      const script = { failures: times(1), failure: 'throw', setupMs: 50 } as const
      const { unit, starts } = scriptedUnit({ a: script }, { finishesAfterFailure })
      void unit.start()
      await unit.drain()
      expect(unit.state).toBe('stopped')
      expect(starts.length).toBe(finishesAfterFailure ? 2 : 1)
    }
  })

  test('starts nothing again once it is terminated in a drain', async () => {
    const { unit, starts, failures } = scriptedUnit({ a: { isDeaf: true }, b: {} }, { finishesAfterFailure: true })
    await unit.start()
    const drained = unit.drain()
    unit.terminate()
    await drained
    expect(unit.threads.every((thread) => thread.isOver)).toBe(true)
    expect([unit.state, starts.length, failures.length]).toEqual(['stopped', 1, 0])
  })
})
