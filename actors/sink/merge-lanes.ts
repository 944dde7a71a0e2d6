/**
 * Merges the lanes' staged frames into one batch, in the one order: by sequence number; a removal before the frame that
 * brought it about; removals brought about by one frame by their keys' bytes. The result is the same for any number of
 * lanes. The barrier, which every lane has, comes once, at the end.
 */
import type { BatchBuffer } from '../../engine/log/batch-buffer.ts'
import { compareKeys, Frame } from '../../engine/records/index.ts'
import { schemaById } from '../../schemas/registry.ts'

interface Lane {
  readonly staging: BatchBuffer
}

export function mergeLanes(lanes: readonly Lane[], batch: BatchBuffer): void {
  const heads = lanes.map(({ staging }) => new Frame(staging.memory).at(staging.start))
  for (;;) {
    let first: Frame | null = null
    for (const [lane, head] of heads.entries()) {
      if (head.offset === lanes[lane]!.staging.barrierStart) continue
      if (first === null || precedes(head, first)) first = head
    }
    if (first === null) break
    batch.add(first)
    first.offset += first.stride
  }
  batch.add(heads[0]!) // its barrier
}

function precedes(a: Frame, b: Frame): boolean {
  if (a.sequence !== b.sequence) return a.sequence < b.sequence
  return compareRemovedKeys(a, b) < 0 // of several lanes only the removals at one tick of the clock have one number
}

function compareRemovedKeys(a: Frame, b: Frame): number {
  const aKey = schemaById(a.schemaId)!.key
  const bKey = schemaById(b.schemaId)!.key
  const { u8: aBytes } = a.memory
  const { u8: bBytes } = b.memory
  return compareKeys(aBytes, aKey.startOf(a), aKey.lengthOf(a), bBytes, bKey.startOf(b), bKey.lengthOf(b))
}
