// Types, lint and format, side by side: `npm run check`. The architecture has a test of its own (test/architecture.test.ts).
import { spawn } from 'node:child_process'

const checks = {
  types: ['node_modules/.bin/tsc', '-p', 'tsconfig.json'],
  'types of the web client': ['node_modules/.bin/tsc', '-p', 'web/tsconfig.json'],
  'lint and format': ['node_modules/.bin/biome', 'check', '--error-on-warnings', '.'],
  architecture: [
    process.execPath,
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'unit',
    'test/architecture.test.ts',
  ],
}

function run(name, [command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`)
      if (code !== 0) console.log(output.trimEnd())
      resolve(code === 0)
    })
  })
}

const outcomes = await Promise.all(Object.entries(checks).map(([name, command]) => run(name, command)))
const passed = outcomes.filter(Boolean).length
console.log(`checks: ${passed} passed, ${outcomes.length - passed} failed`)
process.exitCode = passed === outcomes.length ? 0 : 1
