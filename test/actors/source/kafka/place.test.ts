import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Place } from '../../../../actors/source/kafka/place.ts'
import { makeSourceState, type SourceState } from '../../../../engine/records/index.ts'

const ROWS_PER_MESSAGE = 8
const TOPIC = 'in'

interface Message {
  readonly partition: number
  readonly offset: number
  readonly rows: number
}

type Frame = { position: number } & ({ cursor: Uint8Array } | { row: string })

/** As the shard has it: a position that does not rise is dropped. */
class Log {
  readonly rows: string[] = []
  readonly state: SourceState = makeSourceState(1)

  take(frame: Frame): void {
    const { state } = this
    if ('cursor' in frame) {
      if (frame.position < state.progressPosition) return
      state.progressPosition = frame.position
      state.cursor = frame.cursor
    } else if (frame.position > state.position) {
      state.position = frame.position
      this.rows.push(frame.row)
    }
  }
}

/** What a source publishes of a batch of one partition. */
function framesOf(place: Place, batch: readonly Message[]): Frame[] {
  const { partition, offset } = batch[0]!
  const frames: Frame[] = []
  const progress = () => frames.push({ position: place.position, cursor: place.encode() })
  if (place.begin(TOPIC, partition, offset)) progress()
  for (const message of batch)
    for (let row = 0; row < message.rows; row++)
      frames.push({ position: place.positionOf(message.offset) + row, row: `${partition}:${message.offset}:${row}` })
  place.reach(batch.at(-1)!.offset + 1)
  progress()
  return frames
}

/** Offsets with gaps, as after compaction; messages with some rows, or none that are records. */
const partitions = fc.array(
  fc.array(fc.record({ gap: fc.nat({ max: 3 }), rows: fc.nat({ max: ROWS_PER_MESSAGE }) }), { maxLength: 12 }),
  { minLength: 1, maxLength: 3 },
)

describe('a place in a topic', () => {
  test('each row comes once, wherever a crash falls and whichever partition comes first after it', () => {
    fc.assert(
      fc.property(partitions, fc.infiniteStream(fc.nat()), (plan, choices) => {
        const next = () => choices.next().value as number
        const messages = plan.map((rows, partition) => {
          let offset = 0
          return rows.map((one): Message => ({ partition, offset: (offset += 1 + one.gap), rows: one.rows }))
        })
        const log = new Log()
        const newPlace = () => {
          const place = new Place(log.state, ROWS_PER_MESSAGE, true)
          for (const partition of messages.keys())
            if (place.next(TOPIC, partition) === undefined) place.set(TOPIC, partition, 0)
          return place
        }
        let place = newPlace()
        for (let crashes = 0; ; ) {
          const open = messages
            .map((all, partition) => all.filter(({ offset }) => offset >= place.next(TOPIC, partition)!))
            .filter((rest) => rest.length > 0)
          if (open.length === 0) break
          const held = place.redo === null ? open : open.filter(([one]) => one!.partition === place.redo!.partition)
          if (held.length === 0) place.giveUpRedo()
          const rest = (held.length === 0 ? open : held)[next() % (held.length || open.length)]!
          const frames = framesOf(place, rest.slice(0, 1 + (next() % rest.length)))
          const isCrash = crashes < 20 && next() % 2 === 0
          for (const frame of frames.slice(0, isCrash ? next() % (frames.length + 1) : frames.length)) log.take(frame)
          if (!isCrash) continue
          crashes++
          place = newPlace()
        }
        const expected = messages
          .flat()
          .flatMap(({ partition, offset, rows }) =>
            Array.from({ length: rows }, (_, row) => `${partition}:${offset}:${row}`),
          )
        expect(log.rows.toSorted()).toEqual(expected.toSorted())
        for (const partition of messages.keys()) {
          const own = log.rows.filter((row) => row.startsWith(`${partition}:`))
          expect(own).toEqual(expected.filter((row) => row.startsWith(`${partition}:`)))
        }
      }),
    )
  })

  test('is known by its partitions alone where others take them as well', () => {
    const state = makeSourceState(1)
    const place = new Place(state, 1, false)
    place.set(TOPIC, 0, 5)
    place.begin(TOPIC, 0, 5)
    place.reach(9)
    const again = new Place({ ...state, position: 3, progressPosition: 4, cursor: place.encode() }, 1, false)
    expect(again.redo).toBeNull()
    expect(again.next(TOPIC, 0)).toBe(9)
    expect(again.position).toBe(4)
  })

  test('forgets the partitions that others have now', () => {
    const place = new Place(makeSourceState(1), 1, false)
    place.set(TOPIC, 0, 5)
    place.set(TOPIC, 1, 7)
    place.keepOnly((_, partition) => partition === 1)
    expect(place.next(TOPIC, 0)).toBeUndefined()
    expect(place.next(TOPIC, 1)).toBe(7)
  })
})
