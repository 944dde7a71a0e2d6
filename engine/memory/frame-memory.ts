/** One stretch of memory that holds frames, seen as bytes, as 32-bit words and as doubles. Offsets are in bytes from its start. */
export class FrameMemory {
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly f64: Float64Array
  readonly view: DataView

  constructor(memory: ArrayBufferLike, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    this.u8 = new Uint8Array(memory, byteOffset, byteLength)
    this.i32 = new Int32Array(memory, byteOffset, byteLength >> 2)
    this.f64 = new Float64Array(memory, byteOffset, byteLength >> 3)
    this.view = new DataView(memory, byteOffset, byteLength)
  }

  static allocate(byteLength: number): FrameMemory {
    return new FrameMemory(new ArrayBuffer((byteLength + 7) & ~7))
  }
}
