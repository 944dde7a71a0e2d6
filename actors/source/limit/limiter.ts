/**
 * The limits of one credential: says whether a request may be sent now, and learns from the answers.
 *
 *   const waitMs = limiter.tryTake(now, credits)          0: send it
 *   const ticket = limiter.ticket
 *   …
 *   readLimits(status, headers, now, report)
 *   limiter.answered(ticket, now, report)
 *
 * Guarantees: a request passes when every rule allows it, and then counts for all of them. `now` is the wall clock in
 * milliseconds: when it goes back, the limiter's time stands still for that reading and then goes on, so nothing is sent
 * early and nothing waits for longer. With `holdMs`, a request that is unusually late holds up the next. After a refusal nothing is sent for as long as the provider said, else a minute.
 * What the newest answer says is left holds beside the rules, less what was sent after its request; where it does not say until when,
 * it is the day's count that it tells.
 *
 * Cost: 0.1 µs a request; allocates nothing. Any number of threads may share a slot (`slot-lock.ts`).
 */
import { DayMeter } from './day-meter.ts'
import type { LimitReport } from './limit-report.ts'
import * as L from './limiter-layout.ts'
import { encodeState, restoreState } from './limiter-state.ts'
import type { Meter } from './meter.ts'
import { RateMeter } from './rate-meter.ts'
import { checkRules, type LimiterOptions, UNTOLD_WAIT_MS } from './rules.ts'
import { SlotLock } from './slot-lock.ts'

/** Less than this a double that counts milliseconds since 1970 may not show. */
const LEAST_WAIT_MS = 0.001
/** By how much of the difference the quickest answer follows slower ones, each time. */
const FORGETTING = 0.02

export class RateLimiter {
  /** Names what was taken last here, for `answered`. */
  ticket = 0
  readonly #cells: Float64Array
  readonly #lock: SlotLock
  readonly #meters: Meter[]
  readonly #day: DayMeter | undefined
  /** By rule: whether it counts credits. */
  readonly #costs: boolean[]
  readonly #safetyMs: number
  readonly #holdMs: number

  constructor(options: LimiterOptions, memory: ArrayBufferLike = new SharedArrayBuffer(L.SLOT_BYTES), byteOffset = 0) {
    checkRules(options.rules)
    if (options.rules.length > L.MAX_RULES) throw new RangeError(`a credential has at most ${L.MAX_RULES} limits`)
    this.#cells = new Float64Array(memory, byteOffset, L.SLOT_BYTES / 8)
    this.#lock = new SlotLock(new Int32Array(memory, byteOffset, L.SLOT_BYTES / 4))
    this.#meters = options.rules.map((rule, i) => {
      const cells = this.#cells.subarray(L.rule(i), L.rule(i + 1))
      return rule.kind === 'rate'
        ? new RateMeter(rule, options.safetyMs, cells)
        : new DayMeter(rule, options.safetyMs, cells)
    })
    this.#day = this.#meters.find((meter) => meter instanceof DayMeter)
    this.#costs = options.rules.map(({ unit }) => unit === 'credit')
    this.#safetyMs = options.safetyMs
    this.#holdMs = options.holdMs ?? 0
  }

  /** 0 when a request may be sent, which then counts as sent; else in how many milliseconds to ask again. */
  tryTake(nowMs: number, credits = 1): number {
    this.#enter(nowMs)
    const time = this.#timeAt(nowMs)
    const wait = this.#waitMs(time, nowMs, credits)
    if (wait === 0) this.#take(time, nowMs, credits)
    this.#lock.leave()
    return wait
  }

  /** As `tryTake`, but nothing is sent. */
  waitMs(nowMs: number, credits = 1): number {
    this.#enter(nowMs)
    const wait = this.#waitMs(this.#timeAt(nowMs), nowMs, credits)
    this.#lock.leave()
    return wait
  }

  /** The request of `ticket` has been answered, with what `report` says; without one, only that it has arrived. */
  answered(ticket: number, nowMs: number, report?: Readonly<LimitReport>): void {
    this.#enter(nowMs)
    const time = this.#timeAt(nowMs)
    if (this.#cells[L.TICKET] === ticket && this.#cells[L.IS_ANSWERED] === 0) this.#arrived(time)
    if (report !== undefined) this.#learn(report, time, nowMs, ticket)
    this.#lock.leave()
  }

  /** Nothing is sent for so long. */
  block(nowMs: number, forMs: number): void {
    this.#enter(nowMs)
    this.#blockUntil(this.#timeAt(nowMs) + forMs)
    this.#lock.leave()
  }

  /** The state as bytes. `isFinal`: nothing is sent after it. */
  save(nowMs: number, isFinal: boolean): Uint8Array {
    this.#enter(nowMs)
    const state = encodeState(this.#cells, this.#meters.length, this.#timeAt(nowMs), nowMs, isFinal)
    this.#lock.leave()
    return state
  }

  /**
   * Goes on from a saved state, or from none. Unless that was final, something may have been sent after it, if the rules let
   * anything pass until `endedByMs`, when whoever sent had certainly ended (this process's start): then the burst, and
   * whatever else may have been sent, counts as spent. Save at once after it, or what is waited for now is again after a kill.
   */
  restore(saved: Uint8Array | null, nowMs: number, endedByMs: number): void {
    this.#enter(nowMs)
    restoreState(this.#cells, this.#meters, saved, nowMs, Math.min(endedByMs, nowMs))
    this.#lock.leave()
  }

  /** When something was last asked of it. */
  get seenMs(): number {
    return this.#cells[L.WALL]!
  }

  /** All that is known, for `takeOver` of a limiter with the same rules and clock. */
  numbers(): Uint8Array {
    this.#enter(this.seenMs)
    const numbers = this.#cells.slice(L.TICKET)
    this.#lock.leave()
    return new Uint8Array(numbers.buffer)
  }

  /** False, and nothing is changed, when these are no numbers of such a limiter. */
  takeOver(numbers: Uint8Array): boolean {
    const cells = new Float64Array(new Uint8Array(numbers).buffer, 0, numbers.byteLength >> 3) // a copy: doubles need an aligned start
    if (cells.length !== this.#cells.length - L.TICKET || !cells.every(Number.isFinite)) return false
    this.#lock.enter()
    this.#cells.set(cells, L.TICKET)
    this.#lock.leave()
    return true
  }

  /** Another number after whatever `save` would keep has changed. */
  get version(): number {
    return this.#cells[L.TICKET]! + this.#cells[L.BLOCKED_UNTIL]! + this.#cells[L.ALLOWANCE_UNTIL]!
  }

  #enter(nowMs: number): void {
    if (this.#lock.enter()) return
    const time = this.#timeAt(nowMs)
    for (const meter of this.#meters) meter.assumeSpent(time, nowMs, time)
  }

  /** The limiter's own time: the wall clock, ahead of it by all that it was ever put back. */
  #timeAt(wallMs: number): number {
    const cells = this.#cells
    if (wallMs < cells[L.WALL]!) cells[L.AHEAD]! += cells[L.WALL]! - wallMs
    cells[L.WALL] = wallMs
    return wallMs + cells[L.AHEAD]!
  }

  /** The newest request has been answered. */
  #arrived(time: number): void {
    const cells = this.#cells
    const tookMs = time - cells[L.TAKEN]!
    const quickest = cells[L.QUICKEST]!
    cells[L.IS_ANSWERED] = 1
    if (this.#holdMs > 0 && tookMs > quickest + this.#safetyMs)
      for (const meter of this.#meters) meter.arrivedLate(time)
    else for (const meter of this.#meters) meter.arrived(time)
    const isQuicker = tookMs < quickest || quickest === 0
    cells[L.QUICKEST] = isQuicker ? tookMs : quickest + (tookMs - quickest) * FORGETTING
  }

  /** For how long the newest request, should it be late, holds up the next. */
  #heldMs(time: number): number {
    const cells = this.#cells
    if (this.#holdMs === 0 || cells[L.IS_ANSWERED] !== 0 || cells[L.TICKET] === 0) return 0
    const silentMs = time - cells[L.TAKEN]!
    return silentMs > cells[L.QUICKEST]! + this.#safetyMs ? Math.max(0, this.#holdMs - silentMs) : 0
  }

  #waitMs(time: number, wallMs: number, credits: number): number {
    const cells = this.#cells
    let wait = Math.max(0, cells[L.BLOCKED_UNTIL]! - time, this.#heldMs(time))
    if (time < cells[L.ALLOWANCE_UNTIL]! && cells[L.ALLOWANCE]! < 1)
      wait = Math.max(wait, cells[L.ALLOWANCE_UNTIL]! - time)
    for (let i = 0; i < this.#meters.length; i++) {
      wait = Math.max(wait, this.#meters[i]!.waitMs(time, wallMs, this.#costs[i] ? credits : 1))
    }
    return wait < LEAST_WAIT_MS ? 0 : wait
  }

  #take(time: number, wallMs: number, credits: number): void {
    for (let i = 0; i < this.#meters.length; i++) this.#meters[i]!.take(time, wallMs, this.#costs[i] ? credits : 1)
    this.#cells[L.ALLOWANCE]! -= 1
    this.#cells[L.TAKEN] = time
    this.#cells[L.IS_ANSWERED] = 0
    this.ticket = this.#cells[L.TICKET]! += 1
  }

  #learn(report: Readonly<LimitReport>, time: number, wallMs: number, ticket: number): void {
    const { remaining, resetMs, waitMs, isRefusal } = report
    const cells = this.#cells
    if (isRefusal || waitMs > 0) this.#blockUntil(time + (waitMs > 0 ? waitMs : UNTOLD_WAIT_MS))
    if (Number.isNaN(remaining) || ticket < cells[L.LEARNED]!) return
    cells[L.LEARNED] = ticket
    const outstanding = cells[L.TICKET]! - ticket
    if (resetMs > 0) {
      cells[L.ALLOWANCE] = remaining - outstanding
      cells[L.ALLOWANCE_UNTIL] = time + resetMs
    } else if (this.#day !== undefined) this.#day.setLeft(wallMs, remaining, outstanding)
    else if (remaining <= 0) this.#blockUntil(time + UNTOLD_WAIT_MS)
  }

  #blockUntil(time: number): void {
    this.#cells[L.BLOCKED_UNTIL] = Math.max(this.#cells[L.BLOCKED_UNTIL]!, time)
  }
}
