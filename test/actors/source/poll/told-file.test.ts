import { appendFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MOST_TOLD, Told } from '../../../../actors/source/decode/mapped/told.ts'
import { POSITIONS_PER_MS } from '../../../../actors/source/poll/positions.ts'
import { ToldFile } from '../../../../actors/source/poll/told-file.ts'
import { scratchDirectory } from '../../../engine/runtime/scratch.ts'

const STARTED_MS = 1_750_000_000_000
const FIRST = STARTED_MS * POSITIONS_PER_MS

function opened(directory: string, committed: number, startedMs = STARTED_MS) {
  const told = new Told()
  const problems: (string | null)[] = []
  const path = join(directory, 'told-x.bin')
  const file = new ToldFile({ file: path, startedMs }, told, committed, (problem) => problems.push(problem))
  /** A body with these keys, its rows from a position on. */
  const tell = async (keys: string[], position: number, isPublished = true) => {
    told.begin()
    const fresh = keys.filter((key, n) => !told.isUnchanged(key, 0, position + n))
    told.accept()
    await file.begin(told.fresh)
    if (isPublished) file.published(position + keys.length)
    return fresh
  }
  return { file, path, told, tell, problems }
}

const NEW_PROCESS = STARTED_MS + 60_000

describe('after a restart', () => {
  test('what the last commit covers is known, and nothing else', async () => {
    const directory = scratchDirectory()
    const before = opened(directory, -1)
    await before.tell(['a', 'b', 'c'], FIRST)
    before.file.close()
    const after = opened(directory, FIRST + 1, NEW_PROCESS)
    expect(await after.tell(['a', 'b', 'c'], FIRST + 100)).toEqual(['c'])
    after.file.close()
    expect(
      await opened(directory, FIRST + 1, NEW_PROCESS + 1).tell(['c', 'b'], FIRST + 200),
      'not by a later commit',
    ).toEqual(['c'])
  })

  test('a log that begins anew knows nothing', async () => {
    const directory = scratchDirectory()
    await opened(directory, -1).tell(['a'], FIRST)
    expect(await opened(directory, -1, NEW_PROCESS).tell(['a'], FIRST)).toEqual(['a'])
  })

  test('what was cut off in its middle does no harm', async () => {
    const directory = scratchDirectory()
    const before = opened(directory, -1)
    await before.tell(['a', 'b'], FIRST)
    before.file.close()
    appendFileSync(before.path, Buffer.alloc(13, 7))
    const after = opened(directory, FIRST + 9, NEW_PROCESS)
    expect(await after.tell(['a', 'b', 'c'], FIRST + 10)).toEqual(['c'])
    after.file.close()
    expect(await opened(directory, FIRST + 99, NEW_PROCESS + 1).tell(['a', 'b', 'c'], FIRST + 200)).toEqual([])
  })
})

test('a source that starts again in the same process knows all that it has published, committed or not', async () => {
  const directory = scratchDirectory()
  const before = opened(directory, -1)
  await before.tell(['a', 'b'], FIRST)
  await before.tell(['c'], FIRST + 10, false)
  before.file.close()
  expect(await opened(directory, -1).tell(['a', 'b', 'c'], FIRST + 20)).toEqual(['c'])
})

test('the file stays small, and the newest are known', async () => {
  const directory = scratchDirectory()
  const { tell, path, file } = opened(directory, -1)
  for (let n = 0; n < 60; n++)
    await tell(
      Array.from({ length: 1000 }, (_, i) => `${n}/${i}`),
      FIRST + n * 1000,
    )
  file.close()
  expect(statSync(path).size).toBeLessThan(24 * (5 * MOST_TOLD))
  const after = opened(directory, FIRST + 1e6, NEW_PROCESS)
  expect(await after.tell(['59/999', '51/0'], FIRST + 2e6)).toEqual([])
  expect(await after.tell(['10/0'], FIRST + 2e6 + 10)).toEqual(['10/0'])
})

test('a disk that takes nothing is said, and nobody stops for it', async () => {
  const directory = join(scratchDirectory(), 'polling')
  writeFileSync(directory, 'no directory')
  const { tell, problems } = opened(directory, -1)
  expect(await tell(['a'], FIRST)).toEqual(['a'])
  expect(problems.at(-1)).toMatch(/cannot be kept, and may be told twice/)
})
