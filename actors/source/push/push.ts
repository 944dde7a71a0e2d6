/**
 * Takes events over HTTP.
 *
 * *Delivery guarantees.* An event that was answered with 202 is on disk, unless its sender asked for the answer before (`?ack=memory`);
 * one that was not may be there or not, and is there once when it is sent again with its id. Ids are remembered across restarts, as
 * far back as the log reaches.
 */
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { SkeinError } from '../../../engine/errors.ts'
import { defineSource, type SourceContext, type SourceOutcome } from '../source.ts'
import { EventIntake } from './event-intake.ts'
import { Fetches, type FetchPlan } from './fetches.ts'
import { pushCounters } from './push-counters.ts'
import { PushServer } from './server.ts'
import type { PushSettings } from './spec.ts'

export interface PushOptions {
  /** `PushSettings`, packed. */
  readonly settings: unknown
  readonly fetches: Readonly<Record<string, FetchPlan>>
  readonly userAgent: string
  readonly maxFrameBytes: number
  /** The log's. */
  readonly directory: string
  readonly counters: SharedArrayBuffer
}

async function run(context: SourceContext<PushOptions>): Promise<SourceOutcome> {
  const { options, signal, log } = context
  const settings = unpackSecrets(options.settings) as PushSettings
  const counters = pushCounters.attach(options.counters)
  await context.settled(signal) // what an earlier try has published
  if (signal.aborted) return 'stopped'
  const { remember, requireId, apiVersion, accept, maxJobs } = settings
  const rules = {
    requireId,
    apiVersion,
    accepted: accept.filter((name) => name !== ''),
    maxFrameBytes: options.maxFrameBytes,
    remember: { ids: remember.ids, forMs: remember.for },
  }
  const intake = new EventIntake(context, rules, counters)
  await intake.recall(options.directory)
  const fetches = new Fetches(options.fetches, options.userAgent, maxJobs, signal)
  const server = new PushServer({ settings, intake, fetches, counters, signal })
  try {
    const url = await server.listen()
    log.info('events are taken', { url: `${url}/ingest` })
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    server.stopListening()
    return 'stopped'
  } catch (error) {
    if (error instanceof SkeinError) return { parked: error, isFatal: true }
    throw error
  } finally {
    await intake.close()
    await server.close()
    await fetches.close()
  }
}

export default defineSource<PushOptions>({ kind: 'push', run })
