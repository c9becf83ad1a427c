/**
 * For failures that a replay creates and reports: the promise may never be awaited, and an unhandled rejection ends the process.
 */
export function markRejectionHandled(result: unknown): unknown {
  if (result instanceof Promise) result.catch(() => {})
  return result
}
