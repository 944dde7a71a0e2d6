/** What the top of the page says: how many aircraft, whether they are live, and what time it is in the stream. */
import type { ConnectionStatus } from '../client/index.ts'
import { element, setText } from './elements.ts'
import * as format from './format.ts'

/** Live, but the stream's clock has stood still this long. */
const QUIET_MS = 20_000

const WORDS: Record<ConnectionStatus | 'quiet', string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  closed: 'Closed',
  quiet: 'No news',
}

export class StatusBar {
  status: ConnectionStatus = 'connecting'
  readonly #count = element('count')
  readonly #noun = element('count-noun')
  readonly #state = element('connection')
  readonly #word = element('connection-word')
  readonly #time = element('clock-time')
  readonly #date = element('clock-date')
  #retryAtMs = 0
  #said = ''

  setStatus(status: ConnectionStatus, retryInMs: number, wallMs: number): void {
    this.status = status
    this.#retryAtMs = wallMs + retryInMs
    this.update(Number.NaN, Number.NaN, 'utc', wallMs, 0)
  }

  /** `quietMs`: how long the stream's clock has stood still. */
  update(count: number, clockMs: number, zone: format.ClockZone, wallMs: number, quietMs: number): void {
    const shown = this.status === 'live' && quietMs > QUIET_MS ? 'quiet' : this.status
    const wait = Math.ceil((this.#retryAtMs - wallMs) / 1000)
    const retry = this.status === 'reconnecting' && wait > 0 ? ` in ${wait} s` : ''
    this.#state.dataset.state = shown
    // The words are announced by screen readers: they change with the state, the seconds stand beside them.
    if (this.#said !== shown) setText(this.#word, WORDS[shown])
    this.#said = shown
    this.#state.dataset.retry = retry
    if (Number.isNaN(count)) return
    setText(this.#count, format.whole(count))
    setText(this.#noun, `aircraft`)
    setText(this.#time, format.timeOfDay(clockMs, zone))
    setText(this.#date, `${format.date(clockMs, zone)} · ${zone === 'utc' ? 'UTC' : 'local'}`)
  }
}
