import { defineCounters } from '../../engine/memory/counters.ts'

export const hubCounters = defineCounters({
  counters: [
    'deltas',
    'delta_rows',
    'delta_bytes',
    'snapshots',
    /** Clients taken off the topic because they did not read. */
    'slow',
    'resyncs',
    'messages_dropped',
    'connections_refused',
    /** Connections closed for what they sent, or for never getting up to date. */
    'connections_ended',
    'http_requests',
    'keys_refused',
  ],
  gauges: ['clients', 'keys'],
  histograms: ['tick_us', 'ingest_us'],
})

export type HubCounters = ReturnType<(typeof hubCounters)['attach']>
