// `npm run demo`: simulated providers and an engine that polls them, until Ctrl-C; opens the globe where there is a desktop.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const PAGE = `http://localhost:${process.env.BACKEND_PORT ?? 8000}`

const airspace = spawn(
  join(root, 'scripts/node'),
  [join(root, 'fixtures/airspace/serve/main.ts'), '--port', '8500', ...process.argv.slice(2)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
airspace.on('exit', (code) => code && process.exit(code)) // it has said why
await once(airspace.stdout, 'data') // it listens
airspace.stdout.resume()

const engine = spawn(join(root, 'skein'), ['run', join(root, 'config/airspace.yaml')], { stdio: 'inherit', cwd: root })
// A terminal sends its Ctrl-C to all of them; whoever else ends us ends us alone.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => engine.kill('SIGTERM'))
if (process.stdout.isTTY) setTimeout(openPage, 3000).unref()

const [code] = await once(engine, 'exit')
airspace.kill('SIGTERM')
process.exitCode = code ?? 1

function openPage() {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open'
  if (opener === 'xdg-open' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return
  spawn(opener, [PAGE], { stdio: 'ignore', detached: true })
    .on('error', () => {}) // whoever has no such program opens the page by hand: its address has been printed
    .unref()
}
