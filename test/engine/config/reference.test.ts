import { expect, test } from 'vitest'
import { describeComponents, optionsTable, referencePages } from '../../../engine/config/index.ts'
import { poll, replay, root, sqlite } from './sample.ts'

test('a component has a page with its guarantees, its example and every option', () => {
  expect(referencePages([replay]).get('source-replay.md')).toBe(`# replay

A source component. Plays recorded files.

## Delivery guarantees

Each record of a file exactly once, also across restarts.

## Example

\`\`\`yaml
replay:
  files: [recorded.jsonl]
  speed: 10
\`\`\`

## Options

| option | type | default | unit | range | description |
| --- | --- | --- | --- | --- | --- |
| \`files\` | list of path | required |  | at least 1 entry | What to play, in this order. |
| \`speed\` | number | \`1\` |  | from 0 to 1000 | Times real time; 0 is flat out. |
| \`loop\` | true or false | \`false\` |  |  | Whether to start over at the end. |
| \`format\` | one of auto, envelope, opensky, readsb | \`auto\` |  |  | What the files hold. |
`)
})

test('options say their unit, their range and their default as it is written', () => {
  const rows = optionsTable(poll.options).split('\n')
  expect(rows).toEqual(
    expect.arrayContaining([
      '| `every` | duration | `10s` | ms | from 1s to 1h | How often. |',
      '| `limit` | rate |  | count per ms |  | What the provider allows. |',
      '| `token` | secret |  |  |  | A bearer token. |',
      '| `retries` | forever or whole number | `3` |  | at least 0 | How often to try again. |',
      '| `auth.password` | secret | required |  |  | The password. |',
    ]),
  )
})

test('the options of a whole configuration stop at the components, which have pages', () => {
  const rows = optionsTable(root)
  expect(rows).toContain('| `log.retention.maxBytes` | size | `1GB` | bytes | at least 1MB |')
  expect(rows).toContain('| `sources.<name>.replay` | mapping |  |  |  | Plays recorded files. |')
  expect(rows).toContain('| `sources.<name>.enabled` | true or false | `true` |')
  expect(rows).not.toContain('replay.files')
})

test('all components together have a list, in an order of their own', () => {
  const pages = referencePages([sqlite, replay, poll])
  expect([...pages.keys()]).toEqual(['README.md', 'sink-sqlite.md', 'source-poll.md', 'source-replay.md'])
  expect(pages.get('README.md')).toContain('* [source poll](source-poll.md): Asks an HTTP API.')
  expect(describeComponents([sqlite, poll])).toMatch(/^# sqlite\n.*\n# poll\n/s)
})
