/**
 * For a failure that a replay makes and reports: it may never be awaited, and a rejection that goes unnoticed ends
 * the process.
 */
export function markRejectionHandled(result: unknown): unknown {
  if (result instanceof Promise) result.catch(() => {})
  return result
}
