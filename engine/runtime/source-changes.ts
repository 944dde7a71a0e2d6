/** What must happen so that a running plan becomes another one. Pure. */
import { SkeinError } from '../errors.ts'
import type { Plan, SourcePlan } from './plan.ts'

export interface SourceChanges {
  added: SourcePlan[]
  changed: SourcePlan[]
  /** By name. */
  removed: string[]
}

/** Only sources can change while the engine runs. Throws `SKEIN_RUNTIME_RELOAD`, naming what else differs. */
export function sourceChanges(running: Plan, next: Plan): SourceChanges {
  const before = new Map(running.sources.map((source) => [source.name, source]))
  const after = new Set(next.sources.map(({ name }) => name))
  const resized = next.sources.some(({ name, ringBytes }) => (before.get(name)?.ringBytes ?? ringBytes) !== ringBytes)
  const others = Object.keys(next) as (keyof Plan)[]
  const parts = [
    ...others.filter((part) => part !== 'sources' && !isSame(running[part], next[part])),
    ...(resized ? ['sourceRing'] : []),
  ]
  if (parts.length > 0) throw new SkeinError('SKEIN_RUNTIME_RELOAD', { parts })
  return {
    added: next.sources.filter(({ name }) => !before.has(name)),
    changed: next.sources.filter((source) => before.has(source.name) && !isSame(before.get(source.name), source)),
    removed: running.sources.map(({ name }) => name).filter((name) => !after.has(name)),
  }
}

/** Of plain data that was made by one function: its members come in one order. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
