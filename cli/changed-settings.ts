/** Which settings differ between two configurations. Pure. */
import { isSame } from '../engine/runtime/source-changes.ts'

/** Paths such as `hub.port`, of the deepest settings that differ; a list is one setting. */
export function changedSettings(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (!isMapping(before) || !isMapping(after)) return isSame(before, after) ? [] : [path.join('.')]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => changedSettings(before[name], after[name], [...path, name]))
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
