/**
 * Keeps a µWebSockets.js app from taking the whole process with it.
 *
 * A worker thread that ends while such an app has sockets open makes Node abort the process: it finds handles in the event
 * loop that it cannot close. So before the thread ends, for whatever reason, the app must be closed and the loop turn once.
 *
 * Guarantee: an uncaught error or an unhandled rejection closes the app first and ends the thread then, with that very error.
 * Not covered, because nothing can: `terminate()` from outside and `process.exit` inside the thread. An actor that has such an
 * app is never terminated.
 */
export interface ClosableApp {
  close(): unknown
}

export interface UwsGuard {
  /** Closes the app with all its sockets; resolves when the thread may end. */
  close(): Promise<void>
}

export function guardUws(app: ClosableApp): UwsGuard {
  let isClosed = false
  const close = (): void => {
    if (isClosed) return
    isClosed = true
    process.off('uncaughtException', onUncaught)
    app.close()
  }
  const onUncaught = (error: unknown): void => {
    close()
    setImmediate(() => {
      throw error
    })
  }
  process.on('uncaughtException', onUncaught)
  return {
    close: () => {
      close()
      return new Promise((resolve) => setImmediate(resolve))
    },
  }
}
