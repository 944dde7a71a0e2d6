/**
 * Whether pixels are drawn by the processor: then every one of them, and every texture read, is dear.
 */
export function drawsInSoftware(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension('WEBGL_debug_renderer_info')
  return info !== null && /swiftshader|llvmpipe|software/i.test(String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)))
}

/**
 * Keeps the picture fluent on weak graphics hardware: draws fewer pixels when frames come too slowly, down to half of a point.
 *
 * Looks at the time between frames, as no page may ask a card how busy it is; a page in the background does not count.
 */
const SLOW_MS = 48
const FRAMES_OBSERVED = 24
const STEP = 0.8
const LEAST = 0.5
/** A longer gap is a page that was hidden, not a slow one. */
const GAP_MS = 1500

export class Quality {
  readonly #apply: (pixelRatio: number) => void
  #pixelRatio: number
  #slow = 0
  #seen = 0

  constructor(pixelRatio: number, apply: (pixelRatio: number) => void) {
    this.#pixelRatio = pixelRatio
    this.#apply = apply
  }

  observe(frameMs: number): void {
    if (frameMs > GAP_MS) return
    this.#seen++
    if (frameMs > SLOW_MS) this.#slow++
    if (this.#seen < FRAMES_OBSERVED) return
    const tooSlow = this.#slow > FRAMES_OBSERVED * 0.75
    this.#seen = this.#slow = 0
    if (!tooSlow || this.#pixelRatio <= LEAST) return
    this.#pixelRatio = Math.max(LEAST, this.#pixelRatio * STEP)
    this.#apply(this.#pixelRatio)
  }
}
