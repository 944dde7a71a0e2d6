/** Every benchmark by name. Each returns values by the names under which `targets.ts` states them. */
export type Scale = 'quick' | 'full'
export type Measure = (scale: Scale) => Promise<Record<string, number>>

export const benchmarks: Record<string, Measure> = {
  ring: async (scale) => (await import('./memory/ring.ts')).measureRing(scale),
  decode: async (scale) => (await import('./decode/measure.ts')).measureDecoders(scale),
  allocation: async () => ({
    'allocation.bytes_per_frame': await (await import('./memory/ring.ts')).measureRingAllocation(),
  }),
  schedule: async (scale) => (await import('./schedule/schedule.ts')).measureSchedule(scale),
  http: async (scale) => (await import('./http/http.ts')).measureHttp(scale),
  polling: async (scale) => (await import('./http/polling.ts')).measurePolling(scale),
  hub: async (scale) => (await import('./hub/encode.ts')).measureHub(scale),
  stages: async (scale) => (await import('./macro/stages.ts')).measureStages(scale),
  replay: async (scale) => (await import('./macro/replay.ts')).measureReplay(scale),
  world: async (scale) => (await import('./macro/replay.ts')).measureWorld(scale),
  start: async (scale) => (await import('./macro/start.ts')).measureStart(scale),
  kafka: async (scale) => (await import('./kafka/kafka.ts')).measureKafka(scale),
  csv: async (scale) => (await import('./csv/csv.ts')).measureCsv(scale),
  push: async (scale) => (await import('./push/push.ts')).measurePush(scale),
  idle: async (scale) => (await import('./macro/start.ts')).measureIdle(scale),
}
