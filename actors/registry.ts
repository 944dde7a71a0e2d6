/** Every kind of component. A new kind is one new file with its spec, and one line here. */
import { dedupeSpec } from './dedupe/spec.ts'
import { hubSpec } from './hub/spec.ts'
import { shardSpec } from './shard/spec.ts'
import { journalSpec } from './sink/journal-spec.ts'
import { kafkaSpec } from './sink/kafka/spec.ts'
import { mongoSpec } from './sink/mongo/spec.ts'
import { snapshotSpec } from './sink/snapshot-spec.ts'
import { sqliteSpec } from './sink/sqlite-spec.ts'
import { csvSpec } from './source/csv/spec.ts'
import { deadLettersSpec } from './source/dead-letters/spec.ts'
import { kafkaSourceSpec } from './source/kafka/spec.ts'
import { pollSpec } from './source/poll/spec.ts'
import { pushSpec } from './source/push/spec.ts'
import { replaySpec } from './source/replay/spec.ts'

export const sourceSpecs = [replaySpec, pollSpec, kafkaSourceSpec, csvSpec, pushSpec] as const
export const sinkSpecs = [sqliteSpec, kafkaSpec, mongoSpec] as const
/** There is one of each of these in every pipeline. */
export const stageSpecs = {
  shard: shardSpec,
  dedupe: dedupeSpec,
  journal: journalSpec,
  snapshot: snapshotSpec,
} as const
/** No configuration may have it: a pipeline that sent again at every start what it refuses would never be done. */
export { deadLettersSpec, hubSpec }

/** The thread that hosts sources of any kind. */
export const sourceThreadModule = new URL('./source/source-actor.ts', import.meta.url).href
