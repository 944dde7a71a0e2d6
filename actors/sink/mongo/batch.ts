/** Events that are written to MongoDB at once: of each key the last. */
import { BSON, type Document } from 'mongodb'
import type { Frame } from '../../../engine/records/index.ts'
import { FrameKind } from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import { eventDocument } from '../../../schemas/event-document.ts'
import { eventRecord } from '../../../schemas/topics.ts'
import type { Batch } from '../forward/outlet.ts'
import type { MongoSettings } from './spec.ts'

/** Of one document, as the server has it. */
const MOST_BYTES = 16 << 20

export interface RefusedDocument {
  readonly source: string
  readonly document: Document
  readonly problem: string
}

export class MongoBatch implements Batch {
  bytes = 0
  records = 0
  /** By source, then by key as JSON. */
  readonly documents = new Map<string, Map<string, Document>>()
  readonly refusals: RefusedDocument[] = []
  readonly #settings: MongoSettings
  readonly #sources: readonly string[]

  constructor(settings: MongoSettings) {
    this.#settings = settings
    this.#sources = settings.sources.filter((name) => name !== '')
  }

  get refused(): number {
    return this.refusals.length
  }

  take(frame: Frame): void {
    if (frame.schemaId !== event.id || frame.kind !== FrameKind.record) return
    const record = eventRecord(frame)
    const { source } = record
    const { keys } = this.#settings
    if (this.#sources.length > 0 && !this.#sources.includes(source)) return
    const document = eventDocument(record, frame.sequence, Object.hasOwn(keys, source) ? keys[source] : undefined)
    const size = sizeOf(document)
    if (typeof size === 'string') this.refusals.push({ source, document, problem: size })
    else {
      this.#put(source, document)
      this.bytes += size
      this.records++
    }
  }

  #put(source: string, document: Document): void {
    let documents = this.documents.get(source)
    if (documents === undefined) this.documents.set(source, (documents = new Map()))
    documents.set(JSON.stringify(document._id), document)
  }
}

/** In bytes, or why it cannot be written. */
function sizeOf(document: Document): number | string {
  try {
    const size = BSON.calculateObjectSize(document)
    return size <= MOST_BYTES ? size : `it has ${size} bytes, and MongoDB takes ${MOST_BYTES}`
  } catch (error) {
    return (error as Error).message
  }
}
