/** A committed log of flights for tests of the sinks, and a place for a sink to run in without a thread of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { BatchBuffer, Committed, LogWriter } from '../../../engine/log/index.ts'
import { allocateCounters } from '../../../engine/memory/counters.ts'
import { Doorbells, FrameMemory, READER_OPTIONAL, Ring, RingWriter } from '../../../engine/memory/index.ts'
import { WorkerLog } from '../../../engine/ops/worker-log.ts'
import { Frame, FrameKind, type FrameKindCode, NO_BARRIER, writeBarrier } from '../../../engine/records/index.ts'
import type { ActorContext, FromActor } from '../../../engine/runtime/actor.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { StatusBoard } from '../../../engine/runtime/status-board.ts'
import { flight } from '../../../schemas/flight.ts'

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'skein-sink-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** What a frame says, in a word: accepted, duplicate or late record of an aircraft at a time; or its removal. */
export interface Told {
  key: string
  kind: 'record' | 'duplicate' | 'late' | 'removal'
  time: number
  clock?: number
}

const KINDS: Record<Told['kind'], FrameKindCode> = {
  record: FrameKind.record,
  duplicate: FrameKind.duplicate,
  late: FrameKind.late,
  removal: FrameKind.removal,
}

export function writeTold(frame: Frame, { key, kind, time, clock = time }: Told, sequence: number): Frame {
  flight.start(frame, KINDS[kind])
  flight.setKey(frame, Buffer.from(key), 0, key.length)
  flight.fields.lat.set(frame, (time % 90_000) / 1000)
  flight.fields.callsign.set(frame, `CS${sequence % 1000}`)
  if (sequence % 3 > 0) flight.fields.on_ground.set(frame, sequence % 3 === 1)
  frame.sourceId = 1
  frame.sequence = sequence
  frame.time = time
  frame.clock = clock
  return frame
}

export class FlightLog {
  readonly directory: string
  readonly bells = Doorbells.create(1)
  readonly ring: Ring
  readonly committed = Committed.create()
  readonly reports: FromActor[] = []
  readonly writer: LogWriter
  isUpstreamDone = false
  readonly #buffer = new BatchBuffer()
  readonly #frame = new Frame(FrameMemory.allocate(4096))
  readonly #frames: RingWriter
  readonly #board = StatusBoard.create(1)

  constructor(directory = temporaryDirectory(), { ringBytes = 1 << 16, segmentBytes = 1 << 20 } = {}) {
    this.directory = directory
    this.writer = LogWriter.open(directory, { segmentBytes })
    this.ring = Ring.create({ capacityBytes: ringBytes })
    this.ring.attach(0, READER_OPTIONAL, 0)
    this.#frames = new RingWriter(this.ring, this.bells)
    this.committed.restart(this.writer.end, this.ring.tail)
    onTestFinished(() => this.writer.close())
  }

  get status() {
    return this.#board.at(0)
  }

  commit(...told: Told[]): void {
    const { barrier, sequence, clock } = this.writer.end
    const buffer = this.#buffer
    buffer.reset()
    let number = sequence
    let latest = clock
    for (const one of told) {
      buffer.add(writeTold(this.#frame.at(0), one, ++number))
      latest = Math.max(latest, one.clock ?? one.time)
    }
    writeBarrier(this.#frame.at(0), { number: barrier + 1, sequence: number, clock: latest, sources: [] })
    buffer.add(this.#frame)
    this.writer.append(buffer, { firstBarrier: barrier + 1, epoch: 1 })
    for (let from = buffer.start; from < buffer.length; ) {
      from = this.#frames.append(buffer.memory, from, buffer.length)
      this.#frames.publish()
    }
    this.committed.publish(this.writer.end, this.#frames.position)
  }

  /** What an actor of this log is given. */
  context<Options>(options: Options, failpoints = new Failpoints(null)): ActorContext<Options> {
    return {
      name: 'sink',
      options,
      directory: this.directory,
      inputs: [],
      outputs: [],
      sources: [],
      committedRing: this.ring,
      committed: this.committed,
      barrier: NO_BARRIER,
      epoch: 1,
      runId: 1,
      lane: 0,
      lanes: 1,
      careful: null,
      poison: [],
      bell: this.bells.at(0),
      bells: this.bells,
      status: this.status,
      failpoints,
      log: new WorkerLog('sink', 'silent'),
      counters: allocateCounters(),
      upstreamIsDone: () => this.isUpstreamDone,
      report: (message) => void this.reports.push(message),
      waitUntil: () => {},
    }
  }
}
