import type { AsOf, ReviewSubject, Store } from '@runtape/core/store'
import { mayBeStart, mostRecent, wholeId } from './whole-id.ts'

/**
 * The id of the one recent run or trace that starts so.
 *
 * @returns `undefined` if none does
 * @throws {Misuse} if several do
 */
export async function recentId(store: Store, start: string, at: AsOf = {}): Promise<string | undefined> {
  if (!mayBeStart(start)) return undefined
  const page = { limit: mostRecent, ...at }
  const runs = await store.runs.list(page)
  const traces = await store.traces.list(page)
  const ids = [...runs.items.map(({ runId }) => runId), ...traces.items.map(({ traceId }) => traceId)]
  return wholeId(start, ids, 'runs or traces')
}

const wholeTraceId = /^[\da-f]{32}$/

/** The run or trace that an id, or the start of a recent one, names. An id that the store does not know stays as it is. */
export async function runOrTrace(store: Store, given: string): Promise<ReviewSubject> {
  if (await store.runs.get(given)) return { runId: given }
  if (wholeTraceId.test(given)) return { traceId: given }
  const id = (await recentId(store, given)) ?? given
  return (await store.runs.get(id)) ? { runId: id } : { traceId: id }
}
