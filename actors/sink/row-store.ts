/**
 * The newest frame of each key, by the slot its key has in a table. Private to one thread.
 *
 * Memory is taken page by page as slots come into use and stays: `rowBytes` for each slot; a longer row has memory of its own.
 */
import { FrameMemory } from '../../engine/memory/index.ts'
import { Frame } from '../../engine/records/index.ts'

const PAGE_SLOTS = 4096

export class RowStore {
  readonly #rowBytes: number
  readonly #pages: FrameMemory[] = []
  readonly #long = new Map<number, FrameMemory>()
  readonly #frame = new Frame(FrameMemory.allocate(0))

  /** `rowBytes` is what most rows take up at most. */
  constructor(rowBytes: number) {
    this.#rowBytes = (rowBytes + 7) & ~7
  }

  set(slot: number, row: Frame): void {
    if (row.stride > this.#rowBytes) {
      const memory = FrameMemory.allocate(row.stride)
      row.copyTo(memory, 0)
      this.#long.set(slot, memory)
      return
    }
    this.#long.delete(slot)
    const page = Math.floor(slot / PAGE_SLOTS)
    this.#pages[page] ??= FrameMemory.allocate(PAGE_SLOTS * this.#rowBytes)
    row.copyTo(this.#pages[page], (slot % PAGE_SLOTS) * this.#rowBytes)
  }

  /** The row of a slot that has one, valid until the next call. */
  get(slot: number): Frame {
    const long = this.#long.get(slot)
    if (long !== undefined) return this.#frame.over(long, 0)
    return this.#frame.over(this.#pages[Math.floor(slot / PAGE_SLOTS)]!, (slot % PAGE_SLOTS) * this.#rowBytes)
  }

  delete(slot: number): void {
    this.#long.delete(slot)
  }
}
