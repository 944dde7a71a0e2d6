/** What the log is forwarded to, as a forwarder sees it. */
import type { ReaderOffset } from '../../../engine/log/index.ts'
import type { Frame } from '../../../engine/records/index.ts'

/** What goes out at once. */
export interface Batch {
  readonly bytes: number
  readonly records: number
  /** Records that are not taken there, and go to dead letters instead. */
  readonly refused: number
  take(frame: Frame): void
}

/**
 *   open ──► send, send, … ──► close            after any failure: close, and open a new one
 *
 * All throw `OutletFailure`.
 */
export interface Outlet<B extends Batch> {
  /** Nothing that was sent before arrives after this. Returns how far the log has been sent; null when nothing has. */
  open(): Promise<ReaderOffset | null>
  /** What is to be sent before anything else of a log that is read from `position` on. */
  first(position: number): B
  newBatch(): B
  /** Resolves when all of it, and the place behind it, are safe; else it is not known how much is. */
  send(batch: B, place: ReaderOffset): Promise<void>
  close(): Promise<void>
}

/** It is not to be had, or does not take what is sent: it is tried again. */
export class OutletFailure extends Error {
  override readonly name = 'OutletFailure'
}
