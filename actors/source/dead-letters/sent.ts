/**
 * Which dead letters were sent again: what was asked for, and how far that is done. This is the source's cursor.
 *
 *   calls    [ {where: {reason: [bad_json]}, before: 900}, {where: {}, before: 412} ]
 *            sent is what matches one of them and stands before its offset; the last one is under way
 *   sending  the dead letter under way: some of what it gave may be committed, and then the rest of it comes first,
 *            whatever is asked for next
 *
 * Bounded by how many different filters were ever asked for, not by how many dead letters there are: some hundreds fit a
 * cursor. A call that asks for all, and is done, lets the others be forgotten.
 */
import { type Frame, MAX_CURSOR_BYTES } from '../../../engine/records/index.ts'
import { canonical, isEverything, type Matches, matcherOf, type NameOf, type Where } from './where.ts'

const VERSION = 1
/** For the numbers in it to grow. */
const SPARE_BYTES = 64

interface Call {
  where: Where
  before: number
  matches: Matches
}

export class Sent {
  /** Log offset of the dead letter under way. */
  sending: number | null = null
  /** How many dead letters were sent, ever. */
  letters = 0
  #calls: Call[] = []
  readonly #nameOf: NameOf

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf
  }

  static decode(cursor: Uint8Array, nameOf: NameOf): Sent {
    const sent = new Sent(nameOf)
    if (cursor.length === 0) return sent
    const { version, calls, sending, letters } = JSON.parse(Buffer.from(cursor).toString('utf8'))
    if (version !== VERSION) throw new RangeError(`a cursor of version ${version}; ${VERSION} is known here`)
    for (const { where, before } of calls) sent.#add(where, before)
    sent.sending = sending
    sent.letters = letters
    return sent
  }

  encode(): Uint8Array {
    const calls = this.#calls.map(({ where, before }) => ({ where, before }))
    return Buffer.from(JSON.stringify({ version: VERSION, calls, sending: this.sending, letters: this.letters }))
  }

  /** Whether a cursor can hold it. */
  get fits(): boolean {
    return this.encode().length <= MAX_CURSOR_BYTES - SPARE_BYTES
  }

  has(frame: Frame): boolean {
    return this.#calls.some(({ before, matches }) => frame.sequence < before && matches(frame))
  }

  /** What is asked for from now on. Asked for before, it goes on where it was. */
  begin(where: Where): void {
    const known = this.#calls.findIndex((call) => canonical(call.where) === canonical(where))
    const [call] = known < 0 ? [] : this.#calls.splice(known, 1)
    this.#add(where, call?.before ?? 0)
  }

  /** The dead letter under way has given all it gives. */
  note(offset: number): void {
    this.#advance(offset + 1)
    this.sending = null
    this.letters++
  }

  /** All that was asked for before `until` was sent. */
  finish(until: number): void {
    this.#advance(until)
    const [last] = this.#calls.slice(-1)
    if (last === undefined || !isEverything(last.where)) return
    this.#calls = this.#calls.filter((call) => call === last || call.before > last.before)
  }

  #advance(before: number): void {
    const last = this.#calls.at(-1)
    if (last !== undefined) last.before = Math.max(last.before, before)
  }

  #add(where: Where, before: number): void {
    this.#calls.push({ where, before, matches: matcherOf(where, this.#nameOf) })
  }
}
