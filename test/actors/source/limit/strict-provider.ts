/** A client that sends whenever its limiter lets it, a network that is late at random, and a provider that counts arrivals. */
import { type LimiterOptions, RateLimiter } from '../../../../actors/source/limit/index.ts'
import { Judge } from '../../../../bench/schedule/judge.ts'
import { TokenBucket } from '../../../../fixtures/airspace/serve/limits/index.ts'
import { seeded } from '../../../../fixtures/seeded.ts'

export interface Trial {
  options: LimiterOptions
  /** One way. */
  latencyMs: number
  lengthMs: number
  seed: number
  /** Every so often the client ends; without a word, or in order. */
  restarts?: { everyMs: number; isKill: boolean }
  /** What the client's clock shows at a true time. */
  clock?: (trueMs: number) => number
}

export interface Outcome {
  accepted: number
  refused: number
  /** Of what the first rule allows in that time. */
  share: number
}

const START_MS = 1_750_000_000_000
/** How long after its end a client sends again. */
const START_UP_MS = 300
/** How often a living client's state is kept. */
const SAVE_EVERY_MS = 1000

export function runTrial({ options, latencyMs, lengthMs, seed, restarts, clock = (ms) => ms }: Trial): Outcome {
  const [rule] = options.rules
  if (rule?.kind !== 'rate') throw new TypeError('a trial needs a rate first')
  const judge = new Judge(new TokenBucket((rule.count * 1000) / rule.perMs, rule.burst))
  const random = seeded(seed)
  const answers: { ticket: number; atMs: number }[] = []
  let limiter = new RateLimiter(options)
  let saved: Uint8Array | null = null
  let savedAtMs = Number.NEGATIVE_INFINITY
  let restartMs = START_MS + (restarts?.everyMs ?? Number.POSITIVE_INFINITY)
  const arrivals: number[] = []
  for (let now = START_MS; now < START_MS + lengthMs; ) {
    if (now >= restartMs) {
      if (restarts?.isKill !== true) saved = limiter.save(clock(now), true)
      limiter = new RateLimiter(options)
      limiter.restore(saved, clock(now + START_UP_MS), clock(now))
      answers.length = 0
      now += START_UP_MS
      restartMs += restarts!.everyMs
    }
    const answer = answers[0]
    if (answer !== undefined && answer.atMs <= now) {
      limiter.answered(answer.ticket, clock(now))
      answers.shift()
    }
    if (now - savedAtMs >= SAVE_EVERY_MS) {
      saved = limiter.save(clock(now), false)
      savedAtMs = now
    }
    const waitMs = limiter.tryTake(clock(now))
    if (waitMs > 0) {
      now = Math.min(now + waitMs, answers[0]?.atMs ?? Number.POSITIVE_INFINITY, restartMs)
      continue
    }
    const arrivesMs = now + random() * latencyMs
    arrivals.push(arrivesMs)
    answers.push({ ticket: limiter.ticket, atMs: arrivesMs + random() * latencyMs })
    answers.sort((a, b) => a.atMs - b.atMs)
  }
  for (const arrival of arrivals.sort((a, b) => a - b)) judge.arrive(arrival)
  return {
    accepted: judge.accepted,
    refused: judge.refused,
    share: judge.accepted / ((lengthMs * rule.count) / rule.perMs),
  }
}
