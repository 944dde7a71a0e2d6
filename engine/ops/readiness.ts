/**
 * Whether the engine does its work: what `/ready` answers.
 *
 *   ready      every component is well
 *   degraded   it works, but a component does not: a parked source, a full table, a hub that was given up. Still 200.
 *   not ready  starting, draining, stopped, or unable to go on. 503.
 */
export type ReadinessStatus = 'ready' | 'degraded' | 'not ready'

export interface ComponentReadiness {
  status: 'ready' | 'degraded'
  /** What is wrong, for a person. */
  problem?: string
}

export interface Readiness {
  status: ReadinessStatus
  /** Of the engine: starting, running, draining, stopped. */
  state: string
  components: Record<string, ComponentReadiness>
}

/** A problem of this component means that nothing goes on. */
const ENGINE = 'engine'

/** What is known: the engine's state, all components by name, and the problems of those that have one. */
export function readinessOf(
  state: string,
  components: Iterable<string>,
  problems: ReadonlyMap<string, string>,
): Readiness {
  const names = new Set([ENGINE, ...components, ...problems.keys()])
  const entries = [...names].map((name): [string, ComponentReadiness] => {
    const problem = problems.get(name)
    return [name, problem === undefined ? { status: 'ready' } : { status: 'degraded', problem }]
  })
  return { status: statusOf(state, problems), state, components: Object.fromEntries(entries) }
}

function statusOf(state: string, problems: ReadonlyMap<string, string>): ReadinessStatus {
  if (state !== 'running' || problems.has(ENGINE)) return 'not ready'
  return problems.size === 0 ? 'ready' : 'degraded'
}
