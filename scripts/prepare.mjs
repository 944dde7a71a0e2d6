// Makes a checkout ready to run: installs the locked dependencies when they are missing or outdated, and builds the
// web client when its sources changed. Plain JavaScript that Node 20 runs: this is the first thing a new machine starts.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const at = (...parts) => join(root, ...parts)

function digestOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(at(path)))
      .update('\0')
  return hash.digest('hex')
}

function filesUnder(folder) {
  return readdirSync(at(folder), { withFileTypes: true })
    .filter((entry) => entry.name !== 'dist' && entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? filesUnder(path) : [path]
    })
    .sort()
}

function install() {
  console.error('skein: installing the locked dependencies (once)')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] })
}

function buildWeb() {
  console.error('skein: building the web client (once per change)')
  const vite = [at('node_modules/vite/bin/vite.js'), 'build', at('web'), '--logLevel', 'warn']
  execFileSync(at('scripts/node'), vite, { cwd: root, stdio: ['ignore', 2, 2] })
}

/** Whether npm has installed since the lock file last changed. */
function isInstalled() {
  const installed = statSync(at('node_modules/.package-lock.json'), { throwIfNoEntry: false })
  return installed !== undefined && installed.mtimeMs >= statSync(at('package-lock.json')).mtimeMs
}

if (!isInstalled()) install()

if (process.argv.includes('--web')) {
  const sources = digestOf(['package-lock.json', 'actors/hub/protocol.ts', ...filesUnder('web')])
  const marker = at('web/dist/.skein-built')
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== sources) {
    buildWeb()
    writeFileSync(marker, sources)
  }
}
