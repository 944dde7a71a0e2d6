/**
 * Named counters, gauges and histograms in shared memory: one thread writes, any thread reads, whether or not the writer
 * still answers.
 *
 *   const dedupeCounters = defineCounters({ counters: ['accepted', 'late'], gauges: ['keys'], histograms: ['commit_us'] })
 *   const counters = dedupeCounters.attach(memory)     in the actor
 *   counters.accepted.add(1)
 *   new CounterReader(memory).readings()               in the supervisor, which knows no definition
 *
 * Guarantee: counts are exact to 2^53 and outlive the writer; one that attaches again with the same definition goes on
 * counting. Cost: adding is one load and one store, without fences, and allocates nothing. A reader sees each value as it
 * was a moment ago; values are aligned doubles, which no 64-bit processor tears.
 */
import * as L from './counters-layout.ts'
import { Histogram, type HistogramSnapshot } from './histogram.ts'
import { HISTOGRAM_SLOTS } from './histogram-layout.ts'

/** Only grows. */
export class Counter {
  protected readonly cell: Float64Array

  constructor(cell: Float64Array) {
    this.cell = cell
  }

  add(amount: number): void {
    this.cell[0]! += amount
  }

  get value(): number {
    return this.cell[0]!
  }
}

/** Goes up and down. */
export class Gauge extends Counter {
  set(value: number): void {
    this.cell[0] = value
  }
}

export interface CounterNames<C extends string, G extends string, H extends string> {
  counters?: readonly C[]
  gauges?: readonly G[]
  /** Of microseconds; their names end in `_us`. */
  histograms?: readonly H[]
}

export type Counters<C extends string, G extends string = never, H extends string = never> = {
  readonly [name in C]: Counter
} & { readonly [name in G]: Gauge } & { readonly [name in H]: Histogram }

type Kind = 'counter' | 'gauge' | 'histogram'

const slotsOf = (kind: Kind): number => (kind === 'histogram' ? HISTOGRAM_SLOTS : 1)

export class CounterDefinition<C extends string, G extends string, H extends string> {
  /** How large a block must be to hold all of it. */
  readonly bytes: number
  readonly #description: Uint8Array
  readonly #firstValue: number

  constructor({ counters = [], gauges = [], histograms = [] }: CounterNames<C, G, H>) {
    const lines = [
      ...counters.map((name) => `counter ${name}`),
      ...gauges.map((name) => `gauge ${name}`),
      ...histograms.map((name) => `histogram ${name}`),
    ]
    this.#description = Buffer.from(lines.join('\n'))
    this.#firstValue = Math.ceil((L.DESCRIPTION + this.#description.length) / L.LINE_BYTES) * L.LINE_BYTES
    this.bytes = this.#firstValue + 8 * (counters.length + gauges.length + histograms.length * slotsOf('histogram'))
  }

  /** The writer's side. One thread at a time; a block holds one definition for life. */
  attach(memory: SharedArrayBuffer = new SharedArrayBuffer(this.bytes)): Counters<C, G, H> {
    if (memory.byteLength < this.bytes)
      throw new RangeError(`counters need ${this.bytes} bytes; their block has ${memory.byteLength}`)
    if (!isDescribed(memory)) this.#describe(memory)
    else if (!descriptionIn(memory).equals(this.#description))
      throw new TypeError(`a block of other counters: ${descriptionIn(memory).toString('utf8').split('\n')}`)
    return Object.fromEntries(open(memory)) as Counters<C, G, H>
  }

  #describe(memory: SharedArrayBuffer): void {
    const head = headOf(memory)
    new Uint8Array(memory, L.DESCRIPTION).set(this.#description)
    head[L.HEAD_VERSION] = L.COUNTERS_VERSION
    head[L.HEAD_DESCRIPTION_LENGTH] = this.#description.length
    head[L.HEAD_FIRST_VALUE] = this.#firstValue
    Atomics.store(head, L.HEAD_MAGIC, L.COUNTERS_MAGIC) // publishes the description
  }
}

export function defineCounters<
  const C extends string = never,
  const G extends string = never,
  const H extends string = never,
>(names: CounterNames<C, G, H>): CounterDefinition<C, G, H> {
  return new CounterDefinition(names)
}

/** Memory for an actor whose definition is not known here. */
export function allocateCounters(bytes: number = L.DEFAULT_BLOCK_BYTES): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes)
}

export type Reading =
  | { readonly kind: 'counter' | 'gauge'; readonly name: string; readonly value: number }
  | { readonly kind: 'histogram'; readonly name: string; readonly snapshot: HistogramSnapshot }

/** Reads whatever a block describes. */
export class CounterReader {
  readonly #memory: SharedArrayBuffer
  #instruments: ReadonlyMap<string, Counter | Histogram> | undefined

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
  }

  /** Every instrument; none while the writer has not attached. */
  readings(): Reading[] {
    return [...this.#open()].map(([name, instrument]) => {
      if (instrument instanceof Histogram) return { kind: 'histogram', name, snapshot: instrument.snapshot() }
      return { kind: instrument instanceof Gauge ? 'gauge' : 'counter', name, value: instrument.value }
    })
  }

  /** One counter or gauge; 0 while there is none of that name. Allocates nothing. */
  value(name: string): number {
    const instrument = this.#open().get(name)
    return instrument instanceof Counter ? instrument.value : 0
  }

  #open(): ReadonlyMap<string, Counter | Histogram> {
    if (this.#instruments !== undefined) return this.#instruments
    if (!isDescribed(this.#memory)) return NONE
    return (this.#instruments = open(this.#memory))
  }
}

const NONE: ReadonlyMap<string, Counter | Histogram> = new Map()

const headOf = (memory: SharedArrayBuffer): Int32Array => new Int32Array(memory, 0, L.LINE_BYTES / 4)

function isDescribed(memory: SharedArrayBuffer): boolean {
  return Atomics.load(headOf(memory), L.HEAD_MAGIC) === L.COUNTERS_MAGIC // acquires the description
}

function descriptionIn(memory: SharedArrayBuffer): Buffer {
  return Buffer.from(memory, L.DESCRIPTION, headOf(memory)[L.HEAD_DESCRIPTION_LENGTH])
}

/** The instruments that a block describes, by name. */
function open(memory: SharedArrayBuffer): Map<string, Counter | Histogram> {
  const opened = new Map<string, Counter | Histogram>()
  let offset = headOf(memory)[L.HEAD_FIRST_VALUE]!
  const description = descriptionIn(memory).toString('utf8')
  if (description === '') return opened
  for (const line of description.split('\n')) {
    const [kind, name] = line.split(' ') as [Kind, string]
    const cells = new Float64Array(memory, offset, slotsOf(kind))
    opened.set(name, instrumentOver(kind, cells))
    offset += cells.byteLength
  }
  return opened
}

function instrumentOver(kind: Kind, cells: Float64Array): Counter | Histogram {
  if (kind === 'histogram') return new Histogram(cells)
  return kind === 'gauge' ? new Gauge(cells) : new Counter(cells)
}
