/**
 * The ring between two threads, against what Node offers without one: `postMessage` of each record, and transferred batches
 * of 500. Every way writes the same fields of the same record and sums them on the other side, in turns, in one run.
 */
import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { Doorbells } from '../../engine/memory/doorbell.ts'
import { Ring } from '../../engine/memory/ring.ts'
import { READER_REQUIRED } from '../../engine/memory/ring-layout.ts'
import type { Scale } from '../benchmarks.ts'
import { median } from '../macro/processes.ts'
import { expectedSum } from './record.ts'
import type { Answer, Share, Way } from './ring.worker.ts'

const WORKER_URL = new URL('./ring.worker.ts', import.meta.url)
const RING_BYTES = 2 ** 20
const COUNTS: Record<Exclude<Way, 'wake'>, number> = { ring: 20_000_000, messages: 300_000, batches: 5_000_000 }
const WAKES = 3000
const WARM_UP = 1_000_000
/** Large enough that a megabyte a million records would show before the first collection. */
const YOUNG_GENERATION_MB = 256

export async function measureRing(scale: Scale): Promise<Record<string, number>> {
  const rates = { ring: [] as number[], messages: [] as number[], batches: [] as number[] }
  for (let round = 0; round < (scale === 'full' ? 9 : 3); round++) {
    for (const way of ['ring', 'messages', 'batches'] as const) rates[way].push(await rateOf(way))
  }
  const [, { wakes }] = await passAlong('wake', scale === 'full' ? 10 * WAKES : WAKES)
  const [ring, bell] = [median(rates.ring), steadyP99(wakes.bell)]
  return {
    'ring.frames_per_second': ring / 1e6,
    'ring.versus_post_message': ring / median(rates.messages),
    'ring.versus_batches': ring / median(rates.batches),
    'ring.wake_up_p99': bell / 1000,
    'ring.wake_up_versus_bare': bell / steadyP99(wakes.bare),
  }
}

/** What the heaps of both ends grow by, in bytes a frame, over forty million frames. */
export async function measureRingAllocation(): Promise<number> {
  const frames = 40_000_000
  const [producer, consumer] = await passAlong('ring', frames + WARM_UP)
  return (producer.heapBytes + consumer.heapBytes) / frames
}

async function rateOf(way: Exclude<Way, 'wake'>): Promise<number> {
  const count = COUNTS[way]
  const [producer, consumer] = await passAlong(way, count)
  if (consumer.sum !== expectedSum(count))
    throw new Error(`${way}: the sum is ${consumer.sum}, not ${expectedSum(count)}`)
  return count / ((consumer.atNs - producer.atNs) / 1e9)
}

/** Has two new threads pass so many records along. */
async function passAlong(way: Way, count: number): Promise<[producer: Answer, consumer: Answer]> {
  const bells = Doorbells.create(2)
  const ring = Ring.create({ capacityBytes: RING_BYTES })
  ring.setProducerBell(0)
  ring.attach(0, READER_REQUIRED, 1)
  const { port1, port2 } = new MessageChannel()
  const shared = {
    way,
    count,
    warmUp: WARM_UP,
    ring: ring.memory,
    bells: bells.memory,
    words: new SharedArrayBuffer(16),
  }
  const shares: Share[] = [
    { ...shared, side: 'producer', port: port1 },
    { ...shared, side: 'consumer', port: port2 },
  ]
  const workers = shares.map(
    (workerData) =>
      new Worker(WORKER_URL, {
        workerData,
        transferList: [workerData.port],
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      }),
  )
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const answers = workers.map((worker) => once(worker, 'message'))
  for (const worker of workers) worker.postMessage('go')
  const [[producer], [consumer]] = (await Promise.all(answers)) as [[Answer], [Answer]]
  await Promise.all(workers.map((worker) => worker.terminate()))
  return [producer, consumer]
}

/** The median of the p99 of each tenth: a burst of something else on the machine spoils one of them, not the figure. */
function steadyP99(values: number[]): number {
  const size = Math.floor(values.length / 10)
  const tenths = Array.from({ length: 10 }, (_, i) => values.slice(i * size, (i + 1) * size))
  return median(tenths.map((tenth) => tenth.toSorted((a, b) => a - b)[Math.floor(0.99 * size)]!))
}
