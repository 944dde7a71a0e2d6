// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import { expect, test } from 'vitest'
import { printConfig } from '../../../engine/config/index.ts'
import { filesOf, load, read, root } from './sample.ts'

test('a configuration is printed with its defaults, each value as it would be written', () => {
  const config = read(
    'name: n\nsources: { a: { poll: { url: x, limit: 10/min, retries: forever } } }\nhub: { port: ${PORT:8001} }',
  )
  expect(printConfig(root, config)).toBe(`name: n
log:
  directory: ./data
  retention:
    maxBytes: 1GB
    maxAge: 7d
  segmentBytes: 64MB
sources:
  a:
    poll:
      url: x
      every: 10s
      limit: 10/min
      auth:
        type: none
      retries: forever
      headers: {}
    enabled: true
sinks: {}
hub:
  port: 8001
  interval: 200ms
  share: 0.5
`)
})

test('a secret is printed as where it comes from', () => {
  const readFile = filesOf({ '/run/p': 'x' })
  const auth = 'auth: { type: basic, user: u, password: { file: /run/p } }'
  const config = read(`name: n\nsources: { a: { poll: { url: x, token: "\${T}", ${auth} } } }`, {
    env: { T: 'x' },
    readFile,
  })
  const printed = printConfig(root, config)
  expect(printed).toContain('token: ${T} # redacted\n')
  expect(printed).toContain('password:\n          file: /run/p # redacted\n')
  expect(read(printed, { env: { T: 'x' }, readFile }).sources).toEqual(config.sources)
})

test('with its origins, each value says where it comes from', () => {
  const result = load('name: n\nhub: { port: ${PORT:1}, share: ${SHARE} }', {
    env: { PORT: '2' },
    dotenv: '.env',
    readFile: filesOf({ '.env': '\nSHARE=1' }),
    set: ['log.directory=d'],
  })
  if (!result.ok) throw new Error('a right configuration')
  const printed = printConfig(root, result.config, { origins: result.origins })
  const lines = printed.split('\n').map((line) => line.trim())
  expect(lines).toEqual(
    expect.arrayContaining([
      'name: n # a.yaml:1:7',
      'directory: d # --set log.directory',
      'port: 2 # environment variable PORT',
      'share: 1 # SHARE in .env:2',
      'interval: 200ms # default',
    ]),
  )
  expect(read(printed)).toEqual(result.config)
})
