/**
 * Takes over a changed configuration while the engine runs: at SIGHUP, and when one of its files changes.
 *
 * A configuration that is not valid, or changes more than its sources, is refused with everything that is wrong, and the
 * running one stays.
 */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { SkeinError } from '../engine/errors.ts'
import type { Log } from '../engine/ops/log.ts'
import type { Engine } from '../engine/runtime/engine.ts'
import { changedSettings } from './changed-settings.ts'
import { type LoadRequest, loadPipeline } from './load.ts'
import type { Pipeline } from './pipeline.ts'
import { planOf } from './plan.ts'
import type { Polling } from './polling.ts'

/** What concerns sources alone. */
const RELOADABLE = {
  sources: null,
  bounds: null,
  maxPositionAge: null,
  operator: null,
  polling: null,
} satisfies Partial<Record<keyof Pipeline, null>>

/** Editors and mounts change files in several steps. */
const SETTLE_MS = 300

export interface Reloading {
  reload(because: string): void
  stop(): void
}

interface ReloadOptions {
  request: LoadRequest
  polling: Polling
  log: Log
  running: Pipeline
  /** Those that the running configuration was read from. */
  files: readonly string[]
}

export function reloadOnChange(
  engine: Engine,
  { request, polling, log, running, files: initialFiles }: ReloadOptions,
): Reloading {
  let watchers: FSWatcher[] = []
  let settling: NodeJS.Timeout | null = null
  let present = running

  const reload = async (because: string) => {
    try {
      const { config, files } = loadPipeline(request)
      watchFiles(files)
      refuseFixed(present, config)
      const { added, changed, removed } = await engine.reload(planOf(config, polling))
      present = config
      if (added.length + changed.length + removed.length === 0) return log.debug('the configuration is as it was')
      const names = (sources: { name: string }[]) => sources.map(({ name }) => name)
      log.info('the configuration was reloaded', { because, added: names(added), changed: names(changed), removed })
    } catch (error) {
      const { code, message, details } = SkeinError.from(error)
      // Every problem of a configuration has been printed with its place.
      const why = code === 'SKEIN_CONFIG_INVALID' ? { problems: details.count } : { reason: message }
      log.error('the changed configuration is refused; the running one stays', why)
    }
  }
  const onSignal = () => void reload('SIGHUP')
  const onChange = () => {
    if (settling !== null) clearTimeout(settling)
    settling = setTimeout(() => void reload('its files have changed'), SETTLE_MS)
  }
  function watchFiles(files: readonly string[]): void {
    for (const watcher of watchers) watcher.close()
    watchers = [...Map.groupBy(files, dirname)].flatMap(([folder, inside]) => watched(folder, inside, onChange, log))
  }

  process.on('SIGHUP', onSignal)
  watchFiles(initialFiles)
  return {
    reload: (because) => void reload(because),
    stop() {
      process.off('SIGHUP', onSignal)
      if (settling !== null) clearTimeout(settling)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** Throws `SKEIN_RUNTIME_RELOAD` with the settings that only a restart takes over. */
function refuseFixed(running: Pipeline, next: Pipeline): void {
  const parts = changedSettings({ ...running, ...RELOADABLE }, { ...next, ...RELOADABLE })
  if (parts.length > 0) throw new SkeinError('SKEIN_RUNTIME_RELOAD', { parts })
}

/** Watches the folder, as what replaces a file is another file. None where the system cannot: SIGHUP still reloads. */
function watched(folder: string, files: readonly string[], onChange: () => void, log: Log): FSWatcher[] {
  const names = new Set(files.map((file) => basename(file)))
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      // Mounted configurations are links into a folder that is exchanged as a whole.
      if (name === null || names.has(name) || name.startsWith('..')) onChange()
    })
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch (error) {
    log.warn('changes of the configuration are not seen; send SIGHUP instead', {
      folder,
      error: SkeinError.from(error),
    })
    return []
  }
}
