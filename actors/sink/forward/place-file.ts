/**
 * What a sink knows, without asking, of how far it has sent the log: that there is one, and that the log before it is not needed any more.
 * `sink-NAME.json` beside the log.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, replaceFile } from '../../../engine/log/disk.ts'

const SAVE_EVERY_MS = 10_000

export class PlaceFile {
  readonly path: string
  /** In the log; the sink stands there or behind it. 0 when it has sent nothing yet. */
  position: number
  #savedAtMs = Number.NEGATIVE_INFINITY

  constructor(directory: string, sink: string) {
    this.path = join(directory, `sink-${sink}.json`)
    this.position = read(this.path)
  }

  /** Whether something has been sent from this log. */
  get isUsed(): boolean {
    return this.position > 0
  }

  /** Is on disk a while later. Throws `SKEIN_LOG_DISK`. */
  note(position: number, nowMs: number): void {
    if (position === this.position) return
    this.position = position
    if (nowMs - this.#savedAtMs >= SAVE_EVERY_MS) this.save(nowMs)
  }

  save(nowMs: number): void {
    replaceFile(this.path, Buffer.from(JSON.stringify({ position: this.position })))
    this.#savedAtMs = nowMs
  }
}

function read(path: string): number {
  try {
    const { position } = JSON.parse(readFileSync(path, 'utf8')) as { position?: unknown }
    return Number.isSafeInteger(position) ? (position as number) : 0
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return 0
    throw error
  }
}
