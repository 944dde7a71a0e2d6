/**
 * Keeps the page from running ahead of the graphics card: while the card is still busy with the last frame, none is started.
 * Without it a slow card gathers a queue of frames, and a drag is seen a second after the hand has moved.
 */
export class FramePacer {
  readonly #gl: WebGL2RenderingContext
  #fence: WebGLSync | null = null

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl
  }

  /** Whether the last frame is still being drawn. */
  get busy(): boolean {
    if (!this.#fence) return false
    const state = this.#gl.clientWaitSync(this.#fence, 0, 0)
    if (state === this.#gl.TIMEOUT_EXPIRED) return true
    this.#gl.deleteSync(this.#fence)
    this.#fence = null
    return false
  }

  frameIssued(): void {
    this.#fence = this.#gl.fenceSync(this.#gl.SYNC_GPU_COMMANDS_COMPLETE, 0)
    this.#gl.flush()
  }
}
