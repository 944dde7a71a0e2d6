/** The providers of the simulation, with the limits that they publish: three that serve circles, and OpenSky. */
import {
  DEFAULT_HOLD_MS,
  DEFAULT_SAFETY_MS,
  type LimiterOptions,
  MOST_OPENSKY_CREDITS,
} from '../../actors/source/limit/index.ts'
import { DAY_MS } from '../../actors/source/limit/rules.ts'
import { DAY_S, TokenBucket, Window } from '../../fixtures/airspace/serve/limits/index.ts'
import { Judge } from './judge.ts'

export interface SimulatedProvider {
  readonly name: string
  readonly limits: LimiterOptions
  readonly judge: Judge
  /** What one request costs. */
  readonly credits: number
  /** Each way at most. */
  readonly latencyMs: number
  /** What it takes to answer. */
  readonly serverMs: number
  /** How much its limit allows in a time. */
  allowedIn(lengthMs: number): number
}

const LATENCY_MS = 50
const OPENSKY_CREDITS_A_DAY = 4000

export function communityProvider(name: string): SimulatedProvider {
  const rate = { count: 1, perMs: 1000, burst: 1 }
  return {
    name,
    limits: {
      rules: [{ kind: 'rate', ...rate, unit: 'request' }],
      safetyMs: DEFAULT_SAFETY_MS,
      holdMs: DEFAULT_HOLD_MS,
    },
    judge: new Judge(new TokenBucket(1, 1)),
    credits: 1,
    latencyMs: LATENCY_MS,
    serverMs: 0,
    allowedIn: (lengthMs) => lengthMs / 1000,
  }
}

/** For the whole world, which costs as much as any box above 400 square degrees. */
export function openSky(): SimulatedProvider {
  return {
    name: 'opensky',
    limits: {
      rules: [
        {
          kind: 'day',
          count: OPENSKY_CREDITS_A_DAY,
          burst: MOST_OPENSKY_CREDITS,
          unit: 'credit',
          leastCost: MOST_OPENSKY_CREDITS,
        },
      ],
      safetyMs: DEFAULT_SAFETY_MS,
      holdMs: DEFAULT_HOLD_MS,
    },
    judge: new Judge(new Window(OPENSKY_CREDITS_A_DAY, DAY_S)),
    credits: MOST_OPENSKY_CREDITS,
    latencyMs: LATENCY_MS,
    serverMs: 1500,
    allowedIn: (lengthMs) => (OPENSKY_CREDITS_A_DAY * lengthMs) / DAY_MS,
  }
}
