/**
 * A float texture that is uploaded by the rows that changed. Cost of a frame: one upload for each dirty row, nothing for a clean one.
 */
import { DataTexture, FloatType, NearestFilter, RGBAFormat } from 'three'

export class RowTexture {
  readonly texture: DataTexture
  readonly #floatsPerRow: number
  readonly #dirty: Uint8Array
  #anyDirty = true

  constructor(data: Float32Array<ArrayBuffer>, width: number) {
    this.#floatsPerRow = width * 4
    const rows = data.length / this.#floatsPerRow
    this.#dirty = new Uint8Array(rows).fill(1)
    this.texture = new DataTexture(data, width, rows, RGBAFormat, FloatType)
    this.texture.minFilter = this.texture.magFilter = NearestFilter
    this.texture.generateMipmaps = false
    this.texture.unpackAlignment = 1
    this.texture.needsUpdate = true
  }

  touch(floatIndex: number): void {
    this.#dirty[Math.floor(floatIndex / this.#floatsPerRow)] = 1
    this.#anyDirty = true
  }

  touchAll(): void {
    this.#dirty.fill(1)
    this.#anyDirty = true
  }

  /** Hands the dirty rows to the renderer. */
  flush(): void {
    if (!this.#anyDirty) return
    for (let row = 0; row < this.#dirty.length; row++) {
      if (this.#dirty[row] === 0) continue
      this.#dirty[row] = 0
      this.texture.addUpdateRange(row * this.#floatsPerRow, this.#floatsPerRow)
    }
    this.texture.needsUpdate = true
    this.#anyDirty = false
  }

  dispose(): void {
    this.texture.dispose()
  }
}
