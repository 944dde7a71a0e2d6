/**
 * The mongo sink: a log reader that keeps events in MongoDB.
 *
 * Guarantee: each event exactly once, however often it is written: a document is only replaced by one from later in the log.
 * What the server refuses goes to the collection `dead_letters`, the rest of its batch is written.
 */
import { createHash } from 'node:crypto'
import {
  type AnyBulkWriteOperation,
  type Db,
  type Document,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  type WriteError,
} from 'mongodb'
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { logIdOf, type ReaderOffset } from '../../../engine/log/index.ts'
import { type ActorContext, defineActor } from '../../../engine/runtime/actor.ts'
import { Forwarder } from '../forward/forwarder.ts'
import { type Outlet, OutletFailure } from '../forward/outlet.ts'
import { MongoBatch, type RefusedDocument } from './batch.ts'
import { DEFAULT_URI, type MongoSettings } from './spec.ts'

export interface MongoOptions {
  /** `MongoSettings`, packed. */
  readonly settings: unknown
}

/** To find a server that takes writes; then it is tried again. */
const SELECTION_TIMEOUT_MS = 5000
const OFFSETS = 'skein_offsets'
const DEAD_LETTERS = 'dead_letters'
/** There is a document with that key already: one from as late in the log, or later, since an earlier one is written over. */
const DUPLICATE_KEY = 11000
const OF_KEY = /index: _id_/
/** Kept of a refused document, as of all dead letters. */
const KEPT_BYTES = 64 << 10

interface Offset extends ReaderOffset {
  _id: string
}

class MongoOutlet implements Outlet<MongoBatch> {
  readonly #settings: MongoSettings
  /** Names the log and the sink. */
  readonly #id: string
  readonly #client: MongoClient
  readonly #indexed = new Set<string>()

  constructor(settings: MongoSettings, id: string) {
    this.#settings = settings
    this.#id = id
    this.#client = new MongoClient(settings.uri?.reveal() ?? DEFAULT_URI, {
      appName: 'skein',
      retryWrites: true,
      writeConcern: { w: 'majority', wtimeoutMS: settings.timeout },
      serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
      socketTimeoutMS: settings.timeout,
      ignoreUndefined: true,
    })
  }

  async open(): Promise<ReaderOffset | null> {
    return await this.#failing(async () => {
      await this.#client.connect()
      const offset = await this.#db.collection<Offset>(OFFSETS).findOne({ _id: this.#id })
      return offset === null ? null : { position: offset.position, frames: offset.frames }
    })
  }

  first(): MongoBatch {
    return this.newBatch()
  }

  newBatch(): MongoBatch {
    return new MongoBatch(this.#settings)
  }

  async send(batch: MongoBatch, { position, frames }: ReaderOffset): Promise<void> {
    await this.#failing(async () => {
      for (const [source, documents] of batch.documents) await this.#write(batch, source, [...documents.values()])
      if (batch.refused > 0) await this.#writeRefused(batch.refusals)
      await this.#db
        .collection<Offset>(OFFSETS)
        .updateOne({ _id: this.#id }, { $set: { position, frames } }, { upsert: true })
    })
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  get #db(): Db {
    return this.#client.db(this.#settings.db)
  }

  async #write(batch: MongoBatch, source: string, documents: readonly Document[]): Promise<void> {
    await this.#index(source)
    const refused = await writeAll(this.#db, source, documents)
    for (const { index, errmsg } of refused) {
      batch.refusals.push({ source, document: documents[index]!, problem: errmsg ?? 'the server does not say why' })
    }
  }

  /** As the consumers of before made them, once a source and connection. */
  async #index(source: string): Promise<void> {
    if (this.#indexed.has(source)) return
    const keys = this.#settings.keys[source]
    await this.#db
      .collection(source)
      .createIndexes([
        { key: { event_id: 1 } },
        { key: { event_timestamp: 1 } },
        ...(keys === undefined ? [] : [{ key: Object.fromEntries(keys.map((field) => [field, 1 as const])) }]),
      ])
    this.#indexed.add(source)
  }

  async #writeRefused(refusals: readonly RefusedDocument[]): Promise<void> {
    const letters = refusals.map(letterOf)
    const left = await writeAll(this.#db, DEAD_LETTERS, letters)
    if (left.length > 0) throw new OutletFailure(`dead letters are not taken: ${left[0]!.errmsg}`)
  }

  /** What the driver throws is an `OutletFailure`; its messages name hosts, and no secrets. */
  async #failing<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      if (error instanceof MongoError) throw new OutletFailure(error.message, { cause: error })
      throw error
    }
  }
}

/** Each over an earlier one of its key, if there is one. Returns those that the server refuses; rejects when it fails. */
async function writeAll(db: Db, collection: string, documents: readonly Document[]): Promise<WriteError[]> {
  const operations = documents.map((document): AnyBulkWriteOperation<Document> => {
    const filter = { _id: document._id, log_offset: { $lt: document.log_offset } }
    return { replaceOne: { filter, replacement: document, upsert: true } }
  })
  try {
    await db.collection(collection).bulkWrite(operations, { ordered: false })
    return []
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    const errors = [error.writeErrors].flat()
    // Others than those of single documents are of the whole: not enough servers have it, or the connection broke.
    if (errors.length === 0 || error.result.getWriteConcernError() !== undefined) throw error
    return errors.filter(({ code, errmsg = '' }) => code !== DUPLICATE_KEY || !OF_KEY.test(errmsg))
  }
}

function letterOf({ source, document, problem }: RefusedDocument): Document {
  const bytes = Buffer.from(JSON.stringify(document))
  return {
    _id: `${source} ${document.log_offset}`,
    source,
    event_id: document.event_id,
    reason: 'refused_by_sink',
    detail: problem,
    log_offset: document.log_offset,
    full_bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    refused_at_iso: new Date().toISOString(),
    input_base64: bytes.subarray(0, KEPT_BYTES).toString('base64'),
  }
}

function setup(context: ActorContext<MongoOptions>): Forwarder<MongoBatch> {
  const { directory, name, options } = context
  const settings = unpackSecrets(options.settings) as MongoSettings
  const { db, batch, linger } = settings
  return new Forwarder(context, { target: `database ${db}`, mostBytes: batch, lingerMs: linger }, () => {
    return new MongoOutlet(settings, `${logIdOf(directory)} ${name}`)
  })
}

export default defineActor<MongoOptions>({ kind: 'mongo', blocking: false, setup })
