/** The shipped rules and dashboards, against a running Skein and a real Prometheus. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dashboardFiles } from '../../deploy/grafana/make.ts'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { freePort } from '../servers/free-port.ts'

const deploy = join(import.meta.dirname, '../../deploy')
const prometheus = join(deploy, 'prometheus')
const has = (command: string) => spawnSync(command, ['--version']).status === 0
const missing =
  has('promtool') && has('prometheus') ? '' : ' (skipped, for want of Prometheus: apt-get install prometheus)'

/** A source and a sink of each kind that has metrics of its own; none of them finds what it looks for. */
async function everything() {
  const [port, opsPort] = [await freePort(), await freePort()]
  const nowhere = '127.0.0.1:9'
  const program = pollingProgram(
    `poll: { poll: { url: "http://${nowhere}/", format: readsb, limits: [] } }
kafka: { kafka: { brokers: "${nowhere}", topics: [t], partitions: all, format: event } }
push: { push: { port: ${port} } }`,
    `hub: { port: 0 }
sinks: { out: { kafka: { brokers: "${nowhere}", topics: { events.raw: {} } } }, documents: { mongo: { uri: "\${MONGODB_URI}" } }, history: { sqlite: {} } }`,
  )
  const text = readFileSync(program.file, 'utf8')
  writeFileSync(program.file, text.replace('port: 0, logLevel', `port: ${opsPort}, logLevel`))
  program.start({ MONGODB_URI: `mongodb://${nowhere}` })
  await expect.poll(() => program.metrics().catch(() => '')).toContain('skein_poll_requests_total')
  return { ...program, opsPort }
}

/** What Prometheus answers, as far as it is looked at. */
interface Answer {
  readonly result?: readonly { value: [number, string] }[]
  readonly groups?: readonly { rules: readonly { name: string; health: string }[] }[]
}

const namesIn = (text: string): Set<string> => new Set(text.match(/\b(?:skein|process)_\w+/g))

describe('the shipped dashboards', () => {
  test('are those that are made', () => {
    const made = dashboardFiles()
    const there = readdirSync(join(deploy, 'grafana')).filter((name) => name.endsWith('.json'))
    expect(there.toSorted()).toEqual([...made.keys()].toSorted())
    for (const name of there) expect(readFileSync(join(deploy, 'grafana', name), 'utf8')).toBe(made.get(name))
  })

  test('and rules ask for metrics that there are', async () => {
    const { metrics } = await everything()
    const shown = [...dashboardFiles().values(), readFileSync(join(prometheus, 'rules.yml'), 'utf8')].join('\n')
    const known = namesIn(await metrics())
    // Those of what has not happened yet.
    for (const name of ['skein_engine_restarts_total', 'skein_engine_degraded']) known.add(name)
    const asked = [...namesIn(shown)].filter((name) => !name.includes(':'))
    expect(asked.length).toBeGreaterThan(30)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })
})

describe.skipIf(missing !== '')(`the shipped rules${missing}`, () => {
  test('fire when they should, and not otherwise', () => {
    const run = (...args: string[]) => execFileSync('promtool', args, { cwd: prometheus, encoding: 'utf8' })
    run('check', 'config', 'prometheus.yml')
    expect(run('test', 'rules', 'rules.test.yml')).toContain('SUCCESS')
    const alerts = [...readFileSync(join(prometheus, 'rules.yml'), 'utf8').matchAll(/- alert: (\w+)/g)].map(
      ([, name]) => name!,
    )
    const tested = readFileSync(join(prometheus, 'rules.test.yml'), 'utf8')
    expect(alerts.filter((name) => !tested.includes(`alertname="${name}"`))).toEqual([])
  })

  test('are evaluated without an error by a Prometheus that scrapes a running Skein', async () => {
    const { opsPort } = await everything()
    const directory = scratchDirectory()
    const config = readFileSync(join(prometheus, 'prometheus.yml'), 'utf8')
      .replaceAll('15s', '1s')
      .replace('rules.yml', join(prometheus, 'rules.yml'))
      .replace('9464', String(opsPort))
    writeFileSync(join(directory, 'prometheus.yml'), config)
    const port = await freePort()
    const args = [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]
    const server = spawn('prometheus', args, { stdio: 'ignore' })
    onTestFinished(() => void server.kill('SIGKILL'))
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => null)
      return response === null ? null : ((await response.json()) as { data: Answer }).data
    }
    const isUp = async () => (await ask('query?query=up'))?.result?.[0]?.value[1]
    await expect.poll(isUp, { interval: 200 }).toBe('1')
    const rules = async () => (await ask('rules'))!.groups!.flatMap((group) => group.rules)
    await expect.poll(async () => (await rules()).every(({ health }) => health === 'ok'), { interval: 500 }).toBe(true)
    expect((await rules()).length).toBeGreaterThan(10)
  })
})
