/**
 * Keeps the sources of this project without their types beside the installed packages, so that they are stripped once
 * a change and not once a thread: every worker thread loads some fifty of them, which takes it half of its start.
 *
 * Import it for its effect, before the first module with types. Plain JavaScript, because it comes before that.
 * Positions stay as they are: stripped types leave blanks. A file is known by inode, change time and size.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, 'node_modules', '.cache', 'skein')

// A Node that has no such hooks strips types itself, every time.
module.registerHooks?.({
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context)
    const source = withoutTypes(fileURLToPath(url))
    return source === null ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true }
  },
})

/** The source of a file without its types; null where they cannot be stripped, which Node then says better. */
function withoutTypes(path) {
  const { ino, ctimeMs, size } = statSync(path) // before it is read: whoever changes it after this changes its time too
  const stamp = `\n// ${ino} ${ctimeMs} ${size}`
  const kept = join(cache, `${relative(root, path)}.js`)
  const known = readIfThere(kept)
  if (known?.endsWith(stamp)) return known
  try {
    const source = module.stripTypeScriptTypes(readFileSync(path, 'utf8')) + stamp
    keep(kept, source)
    return source
  } catch {
    return null
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Whole or not at all: others may be about to read it, or to write the same. */
function keep(path, source) {
  const draft = `${path}.${process.pid}-${threadId}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(draft, source)
    renameSync(draft, path)
  } catch {
    // An installation that cannot be written to starts its threads more slowly; it is none the worse for it.
  }
}
