/** The gate of a poll source: it also tells whether a fetch may begin. */
import type { Gate } from '../http/index.ts'
import type { Later } from '../schedule/index.ts'

export interface PollGate extends Gate {
  /** In how many milliseconds to ask again whether a fetch may begin; 0 for now. */
  waitMs(nowMs: number): number
  /** Takes what a fetch's first attempt needs. False when somebody else was faster. May reject with `RedisGone`. */
  take(nowMs: number, credits: number): Later<boolean>
  /** The provider says by other means than its status that this was too much. */
  refused(): void
}
