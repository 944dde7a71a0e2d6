/** Reads a file block by block, as plain data. */
import { type Block, FileBlocks, type FileBlocksOptions } from '../../../actors/source/replay/file-blocks.ts'

export interface ReadBlock {
  kind: Block['kind']
  text: string
  offset: number
  nextOffset: number
  fullBytes?: number
  sha256?: string
  problem?: string
}

export async function readBlocks(path: string, options: Partial<FileBlocksOptions> = {}): Promise<ReadBlock[]> {
  const blocks = await FileBlocks.open(path, {
    blockBytes: 64,
    maxBodyBytes: 1 << 20,
    fromOffset: 0,
    isDocument: false,
    ...options,
  })
  const read: ReadBlock[] = []
  for (let block = await blocks.next(); block !== null; block = await blocks.next()) {
    const { kind, bytes, start, end, offset, nextOffset } = block
    const text = Buffer.from(bytes.slice(start, end)).toString('latin1')
    const { fullBytes, sha256, problem } = block as Partial<Record<'fullBytes' | 'sha256' | 'problem', never>>
    read.push(JSON.parse(JSON.stringify({ kind, text, offset, nextOffset, fullBytes, sha256, problem })))
  }
  await blocks.close()
  return read
}

/** What the blocks hold, put together; the same wherever they end. */
export function joined(blocks: ReadBlock[]): ReadBlock[] {
  const result: ReadBlock[] = []
  for (const block of blocks) {
    const last = result.at(-1)
    if (last?.kind === 'whole' && block.kind === 'whole') {
      last.text += block.text
      last.nextOffset = block.nextOffset
    } else result.push({ ...block })
  }
  return result
}
