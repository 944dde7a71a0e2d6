// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import { inspect } from 'node:util'
import { serialize } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { configError, packSecrets, printConfig, type Secret, unpackSecrets } from '../../../engine/config/index.ts'
import { filesOf, load, mistakes, read, root } from './sample.ts'

const MARKED = 'hunter2-marked'
const next = 'write ${NAME} and set NAME in the environment, or { file: path }'

const polling = (token: string) => `name: n\nsources: { a: { poll: { url: x, token: ${token} } } }\n`
const env = { SECRET: MARKED }

function tokenOf(config: ReturnType<typeof read>): Secret | undefined {
  const source = config.sources.a
  return source?.kind === 'poll' ? source.options.token : undefined
}

describe('a secret', () => {
  test('comes from a variable', () => {
    expect(tokenOf(read(polling('${SECRET}'), { env }))?.reveal()).toBe(MARKED)
  })

  test('comes from the .env file', () => {
    const readFile = filesOf({ '.env': `SECRET=${MARKED}` })
    expect(tokenOf(read(polling('${SECRET}'), { dotenv: '.env', readFile }))?.reveal()).toBe(MARKED)
  })

  test('comes from a file, without the newline at its end', () => {
    const readFile = filesOf({ '/run/secrets/token': `${MARKED}\n` })
    expect(tokenOf(read(polling('{ file: /run/secrets/token }'), { readFile }))?.reveal()).toBe(MARKED)
  })

  test('is not there when its variable is not set and the default is nothing', () => {
    expect(tokenOf(read(polling('${SECRET:}')))).toBeUndefined()
  })

  test.each([
    ['written out', MARKED, 'a secret cannot stand in the configuration itself'],
    ['written out in quotes', `"${MARKED}"`, 'a secret cannot stand in the configuration itself'],
    ['a number', '5', 'a secret cannot stand in the configuration itself'],
    ['nothing', '~', 'a secret cannot stand in the configuration itself'],
    ['a list', `[${MARKED}]`, 'a secret cannot stand in the configuration itself'],
    ['a default', `\${OTHER:${MARKED}}`, 'a secret cannot have a default in the configuration'],
    ['text and a variable', `Bearer-\${SECRET}`, 'a secret cannot have text around its variable'],
    ['a mapping of something else', `{ value: ${MARKED} }`, 'a secret is a variable or a mapping with "file" alone'],
    ['a file and more', `{ file: x, value: ${MARKED} }`, 'a secret is a variable or a mapping with "file" alone'],
  ])('cannot be %s', (_, token, message) => {
    expect(mistakes(polling(token), { env })).toEqual([`a.yaml:2:40: ${message}; ${next}`])
  })

  test('cannot be set on the command line, where everybody sees it', () => {
    expect(mistakes(polling('${SECRET}'), { env, set: [`sources.a.poll.token=${MARKED}`] })).toEqual([
      `--set sources.a.poll.token: a secret cannot stand in the configuration itself; ${next}`,
    ])
  })

  test('needs its variable and its file', () => {
    expect(mistakes(polling('${SECRET}'))).toEqual([
      'a.yaml:2:40: the environment variable SECRET is not set; set it, or give a default: ${SECRET:default}',
    ])
    expect(mistakes(polling('{ file: /none }'), { readFile: filesOf({}) })).toEqual([
      'a.yaml:2:40: "/none" cannot be read: there is no such file; correct the path or its permissions',
    ])
    expect(mistakes(polling('{ file: /empty }'), { readFile: filesOf({ '/empty': '\n' }) })).toEqual([
      'a.yaml:2:40: "/empty" is empty; put the secret in it',
    ])
  })

  test('is required where its option is', () => {
    expect(mistakes('name: n\nsources: { a: { poll: { url: x, auth: { type: basic, user: u } } } }')).toEqual([
      'a.yaml:2:33: missing option "password"; add it to sources.a.poll.auth: a secret',
    ])
  })

  test('cannot be used where it would be seen', () => {
    const text = 'name: ${SECRET}\nsources: { a: { poll: { url: x, token: "${SECRET}" } } }'
    expect(mistakes(text, { env })).toEqual([
      'a.yaml:1:7: SECRET is a secret elsewhere, and "name" is not kept secret; use another variable here',
    ])
  })

  test('by the name of its variable, in an option that is shown, gets a warning', () => {
    expect(load('name: ${API_TOKEN}', { env: { API_TOKEN: 'x' } })).toMatchObject({
      ok: true,
      warnings: [
        { place: { line: 1 }, message: 'API_TOKEN is named like a secret, and this option is not kept secret' },
      ],
    })
  })
})

describe('the value of a secret appears nowhere:', () => {
  const result = load(`${polling('${SECRET}')}hub: { port: \${PORT:5} }`, { env })
  if (!result.ok) throw new Error('a right configuration')
  const token = tokenOf(result.config)

  test.each([
    ['print', () => printConfig(root, result.config)],
    ['print with origins', () => printConfig(root, result.config, { origins: result.origins })],
    ['JSON', () => JSON.stringify(result)],
    ['inspect', () => inspect(result, { depth: null, showHidden: true })],
    ['inspect without its own say', () => inspect(token, { depth: null, showHidden: true, customInspect: false })],
    ['text', () => `${token} ${String(token)} ${token?.toString()}`],
    ['a structured clone', () => inspect(structuredClone(result.config), { depth: null })],
    ['serialised bytes', () => serialize(result.config).toString('latin1')],
    ['its keys', () => inspect(Object.getOwnPropertyDescriptors(token))],
    ['the origins', () => inspect([...result.origins])],
  ])('%s', (_, output) => {
    expect(output()).not.toContain(MARKED)
  })

  test('problems of every kind, as text, error, JSON and inspected', () => {
    const texts = [
      polling('${SECRET}').replace('url: x', 'url: [1], every: x'),
      polling(MARKED),
      polling(`"${MARKED}`),
      polling(`[${MARKED}`),
      polling(`${MARKED}: ${MARKED}: x`),
      polling(`!${MARKED} x`).replace('!hunter2-marked', '!tag'),
      polling('${SECRET}').replace('token', 'tokne'),
      polling('${SECRET}').replace('poll', 'replay'),
      `name: n\nhub: { port: "\${API_TOKEN}" }`,
      `name: n\nhub: { interval: "\${API_TOKEN}" }`,
      `name: n\nsources: { a: { poll: { url: x, token: "\${SECRET}", every: "\${SECRET}", retries: "\${SECRET}" } } }`,
      `name: n\nsources: { a: { replay: { files: "\${MY_PASSWORD}", format: "\${MY_PASSWORD}" } } }`,
    ]
    for (const text of texts) {
      const refused = load(text, { env: { SECRET: MARKED, API_TOKEN: MARKED, MY_PASSWORD: MARKED } })
      expect(refused.ok).toBe(false)
      const problems = refused.ok ? [] : refused.problems
      expect(inspect(configError(problems), { depth: null }) + JSON.stringify(problems)).not.toContain(MARKED)
    }
  })
})

describe('options for a worker', () => {
  const config = read(polling('${SECRET}'), { env })

  test('carry their secrets when they are packed', () => {
    const received = unpackSecrets(structuredClone(packSecrets(config.sources.a))) as {
      options: { token: Secret; url: string }
    }
    expect(received.options.token.reveal()).toBe(MARKED)
    expect(received.options.token.origin).toEqual({ variable: 'SECRET' })
    expect(received.options.url).toBe('x')
    expect(inspect(received)).not.toContain(MARKED)
  })

  test('are otherwise the same', () => {
    const plain = { a: [1, null, { b: 'c' }], d: true }
    expect(unpackSecrets(packSecrets(plain))).toEqual(plain)
  })
})
