/** What the docs show works: commands are run, configurations are checked, links lead somewhere. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pipelineSchema } from '../../cli/pipeline.ts'
import { loadConfig } from '../../engine/config/index.ts'

const root = join(import.meta.dirname, '../..')
const pages = ['README.md', ...markdownIn('docs')]
const directory = mkdtempSync(join(tmpdir(), 'skein-docs-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return markdownIn(path)
    return path.endsWith('.md') ? [path] : []
  })
}

const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

function blocks(page: string, language: string): string[] {
  return [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block]) => block!,
  )
}

describe.each(pages)('%s', (page) => {
  const commands = blocks(page, 'sh').flatMap((block) =>
    [...block.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command!),
  )

  if (commands.length > 0)
    test('shows commands that work, from top to bottom', { timeout: 120_000 }, () => {
      for (const command of commands) {
        const own = command.replaceAll('/tmp/skein-', `${directory}/`)
        const { status, stderr } = spawnSync('sh', ['-c', own], { cwd: root, encoding: 'utf8' })
        expect(status, `$ ${command}\n${stderr}`).toBe(0)
      }
    })

  const pipelines = blocks(page, 'yaml').filter((block) => block.includes('\nsources:'))
  if (pipelines.length > 0)
    test('shows configurations that are valid', () => {
      for (const text of pipelines) {
        const loaded = loadConfig({ file: page, text, root: pipelineSchema })
        expect(loaded.ok ? [] : loaded.problems, text).toEqual([])
      }
    })

  const sources = blocks(page, 'yaml').filter(
    (block) =>
      !page.includes('/sink-') && /^(poll|replay|kafka|csv|push):/m.test(block) && !block.includes('\nsources:'),
  )
  if (sources.length > 0)
    test('shows sources that are valid', () => {
      for (const source of sources) {
        const text = `name: docs\nsources:\n  source:\n${source.replaceAll(/^/gm, '    ')}`
        const loaded = loadConfig({ file: page, text, root: pipelineSchema })
        expect(loaded.ok ? [] : loaded.problems, text).toEqual([])
      }
    })

  test('links to files that exist', () => {
    const targets = [...textOf(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!)
    const missing = targets.filter((target) => !existsSync(join(root, dirname(page), target)))
    expect(missing).toEqual([])
  })
})
