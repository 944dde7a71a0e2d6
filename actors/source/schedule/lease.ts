export type Later<T> = T | Promise<T>

/** What somebody asks about. */
export interface Lease {
  readonly id: number
  /** Which cover, and which of its areas. */
  readonly cover: number
  readonly area: number
  /** The most overdue tile, for whose sake the area was chosen. */
  readonly tile: number
  readonly askedMs: number
}
