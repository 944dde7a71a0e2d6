/** A Python for rivals, in an environment of the benchmarks' own. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './processes.ts'

const ENVIRONMENT = join(ROOT, '.cache/bench/python')

/** With these packages, of which `imports` are tried; null where it cannot be had. */
export function pythonWith(imports: string, packages: readonly string[]): string | null {
  const python = join(ENVIRONMENT, 'bin/python')
  const run = (...args: string[]) => execFileSync(python, args, { stdio: 'ignore' })
  try {
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', ENVIRONMENT], { stdio: 'ignore' })
    run('-c', `import ${imports}`)
  } catch {
    try {
      run('-m', 'pip', 'install', '-q', ...packages)
    } catch {
      return null
    }
  }
  return python
}
