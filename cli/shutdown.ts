/**
 * What SIGINT and SIGTERM mean: the first drains, a second one cuts the drain short.
 *
 * Terminals and launchers send the same signal to a whole process group, so it may come twice at once: repeats within
 * half a second are one.
 */
const REPEAT_MS = 500

export interface Shutdown {
  /** Resolves at the first signal. */
  readonly requested: Promise<NodeJS.Signals>
  /** Aborted at the second. */
  readonly cut: AbortSignal
}

export function onShutdown(): Shutdown {
  const requested = Promise.withResolvers<NodeJS.Signals>()
  const cut = new AbortController()
  let firstAtMs: number | null = null
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (firstAtMs === null) {
      firstAtMs = now
      requested.resolve(signal)
    } else if (now - firstAtMs > REPEAT_MS) {
      cut.abort()
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { requested: requested.promise, cut: cut.signal }
}
