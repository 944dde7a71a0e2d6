/** Runs work against hosts in a process of their own; see `hosts.ts`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { NODE, ROOT } from '../macro/processes.ts'

export async function withHosts<T>(
  hosts: number,
  delayMs: number,
  ways: readonly string[],
  work: (urls: string[]) => Promise<T>,
): Promise<T> {
  const child = spawn(NODE, [join(ROOT, 'bench/http/hosts.ts'), String(hosts), String(delayMs), ...ways], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [printed] = (await once(child.stdout, 'data')) as [Buffer]
    const ports = JSON.parse(printed.toString()) as number[]
    return await work(ports.map((port) => `http://127.0.0.1:${port}/v2/point/40.7/-74/250`))
  } finally {
    child.kill('SIGTERM')
  }
}
