/** Fills logs for tests; free of the test runner, so that processes of their own can use it. */
import { BatchBuffer, type LogWriter } from '../../../engine/log/index.ts'
import { makeBarrier, makeFrame } from './frames.ts'

/** Writes batches that go on from each other and from the log's end. */
export class LogFiller {
  readonly writer: LogWriter
  readonly buffer = new BatchBuffer(1024)

  constructor(writer: LogWriter) {
    this.writer = writer
  }

  /** Fills `buffer` with the next `frames` records and the barrier behind them. */
  fill(frames: number, barriers = 1): BatchBuffer {
    const { sequence, barrier } = this.writer.end
    this.buffer.reset()
    for (let i = 1; i <= frames; i++) this.buffer.add(makeFrame(sequence + i))
    this.buffer.add(makeBarrier(barrier + barriers, sequence + frames))
    return this.buffer
  }

  append(frames: number, barriers = 1): number {
    const firstBarrier = this.writer.end.barrier + 1
    return this.writer.append(this.fill(frames, barriers), { firstBarrier, epoch: 1 })
  }
}
