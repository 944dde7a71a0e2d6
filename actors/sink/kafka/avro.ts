/**
 * Values as Avro, as Confluent's clients write them:
 *
 *  0      1               5
 *  +------+---------------+------------------+
 *  | 0    | id (u32, BE)  | record …         |
 *  +------+---------------+------------------+
 *
 * The id is the schema's in the registry. (Source: Confluent, "Schema Registry: wire format".)
 */
import avsc, { type Type } from 'avsc'
import type { AvroForm } from '../../../engine/log/topic.ts'
import type { Frame } from '../../../engine/records/index.ts'
import { OutletFailure } from '../forward/outlet.ts'
import type { KafkaSettings } from './spec.ts'

type RegistrySettings = NonNullable<KafkaSettings['schemaRegistry']>

const HEADER_BYTES = 5

export class AvroEncoder {
  readonly #form: AvroForm
  readonly #type: Type
  /** Null until it is registered. */
  id: number | null = null

  constructor(form: AvroForm) {
    this.#form = form
    this.#type = avsc.Type.forSchema(form.schema as avsc.Schema)
  }

  get schema(): string {
    return JSON.stringify(this.#form.schema)
  }

  encode(frame: Frame): Buffer {
    const record = this.#type.toBuffer(this.#form.value(frame))
    const value = Buffer.allocUnsafe(HEADER_BYTES + record.length)
    value.writeUInt8(0, 0)
    value.writeUInt32BE(this.id!, 1)
    record.copy(value, HEADER_BYTES)
    return value
  }
}

/** Ids that a registry has given in this process: it may be away when they are needed again. */
const known = new Map<string, number>()

/** Registers the schema of a topic's values, unless that was done before. Throws `OutletFailure` with the registry's reason. */
export async function register(encoder: AvroEncoder, topic: string, settings: RegistrySettings): Promise<void> {
  const subject = `${topic}-value`
  const key = `${settings.url} ${subject} ${encoder.schema}`
  encoder.id = known.get(key) ?? null
  if (encoder.id !== null) return
  const { COMPATIBILITY, SchemaRegistry, SchemaType } = await import('@kafkajs/confluent-schema-registry')
  const { url, username, password, compatibility } = settings
  const auth =
    username === undefined ? {} : { auth: { username: username.reveal(), password: password?.reveal() ?? '' } }
  const registry = new SchemaRegistry({ host: url, ...auth, retry: { retries: 1, maxRetryTimeInSecs: 2 } })
  try {
    const schema = { type: SchemaType.AVRO, schema: encoder.schema } as const
    const { id } = await registry.register(schema as never, { subject, compatibility: COMPATIBILITY[compatibility] })
    encoder.id = id
    known.set(key, id)
  } catch (error) {
    throw new OutletFailure(`the schema registry at ${url} does not take ${subject}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
