/** The reference is made from the specs: `vitest -u` writes it, without `-u` any difference fails. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { deadLettersSpec, hubSpec, sinkSpecs, sourceSpecs, stageSpecs } from '../../actors/registry.ts'
import { pipelineSchema } from '../../cli/pipeline.ts'
import { makeProgram } from '../../cli/program.ts'
import { optionsTable, referencePages } from '../../engine/config/index.ts'

const docs = join(import.meta.dirname, '../../docs')

describe('the reference', () => {
  test.each([
    ...referencePages([...sourceSpecs, deadLettersSpec, ...sinkSpecs, ...Object.values(stageSpecs), hubSpec]),
  ])('of components: %s', async (name, page) => {
    await expect(page).toMatchFileSnapshot(join(docs, 'reference', name))
  })

  test('of a pipeline’s own options', async () => {
    const page = `# A pipeline\n\nEverything that a configuration may hold. What \`sources\` may be stands in pages of its own.\n\n${optionsTable(pipelineSchema)}`
    await expect(`${page.trimEnd()}\n`).toMatchFileSnapshot(join(docs, 'reference/pipeline.md'))
  })

  test('of commands', async () => {
    const page = `# Commands\n\nExit codes: 0 done, 64 usage, and those of [the error](errors.md) that ended the run.\n\n${helpOf(makeProgram())}`
    await expect(`${page.trimEnd()}\n`).toMatchFileSnapshot(join(docs, 'commands.md'))
  })

  test('has an example in each command’s help', () => {
    const without = leavesOf(makeProgram()).filter((command) => !fullHelp(command).includes('Example:'))
    expect(without.map((command) => command.name())).toEqual([])
  })
})

function leavesOf(command: Command): Command[] {
  const inner = command.commands.filter((one) => one.name() !== 'help')
  return inner.length === 0 ? [command] : inner.flatMap(leavesOf)
}

function helpOf(program: Command): string {
  return leavesOf(program)
    .map((command) => `## ${pathOf(command)}\n\n\`\`\`text\n${fullHelp(command).trimEnd()}\n\`\`\`\n`)
    .join('\n')
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** With what `addHelpText` adds. */
function fullHelp(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 100 })
  command.outputHelp()
  return text
}
