/** What is counted of sources, each in memory of its own that outlives reloads. */
import { CounterReader } from '../engine/memory/counters.ts'
import { CounterBlockSource, type Labels, type MetricFamily, type MetricsSource } from '../engine/ops/metrics-source.ts'

interface Block {
  readonly part: string
  readonly labels: Labels
  readonly memory: SharedArrayBuffer
}

export class SourceCounters implements MetricsSource {
  /** By source. */
  readonly #blocks = new Map<string, Block>()

  /** Of a source that is a part named `part`; made when it is first asked for. */
  of(source: string, part: string, bytes: number): SharedArrayBuffer {
    const known = this.#blocks.get(source)
    if (known?.part === part) return known.memory
    const memory = new SharedArrayBuffer(bytes)
    this.#blocks.set(source, { part, labels: { source }, memory })
    return memory
  }

  /** Of all sources that are a part of this name. */
  readersOf(part: string): ReadonlyMap<string, CounterReader> {
    const blocks = [...this.#blocks].filter(([, block]) => block.part === part)
    return new Map(blocks.map(([source, { memory }]) => [source, new CounterReader(memory)]))
  }

  collect(): MetricFamily[] {
    const families = new Map<string, MetricFamily>()
    for (const { part, labels, memory } of this.#blocks.values())
      for (const family of new CounterBlockSource(part, memory, labels).collect()) {
        const known = families.get(family.name)
        if (known === undefined) families.set(family.name, family)
        else families.set(family.name, { ...known, samples: [...known.samples, ...family.samples] } as MetricFamily)
      }
    return [...families.values()]
  }
}
