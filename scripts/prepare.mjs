// Makes a checkout ready to run: installs the locked dependencies when they are missing or outdated, and builds the
// web client when its sources changed. Plain JavaScript that Node 20 runs: this is the first thing a new machine starts.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

/** Runs `work` unless the marker says it was done for these very files. */
function unlessDone(marker, digest, needed, work) {
  if (!needed() && existsSync(marker) && readFileSync(marker, 'utf8') === digest) return
  work()
  mkdirSync(dirname(marker), { recursive: true })
  writeFileSync(marker, digest)
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

const locked = digestOf(['package-lock.json'])
unlessDone(at('node_modules/.skein-installed'), locked, () => !existsSync(at('node_modules')), install)

if (process.argv.includes('--web')) {
  const sources = digestOf(['package-lock.json', 'actors/hub/protocol.ts', ...filesUnder('web')])
  unlessDone(at('web/dist/.skein-built'), sources, () => !existsSync(at('web/dist/index.html')), buildWeb)
}
