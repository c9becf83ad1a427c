import type { CohortPut, Store } from '@runtape/core/store'
import pLimit from 'p-limit'
import type { Args } from '../arguments/args.ts'
import { traceQueryOf } from '../arguments/trace-query.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { itemsOfAll } from '../stores/all-pages.ts'
import { readsAtOnce } from '../stores/reads-at-once.ts'
import { runOrTrace } from '../stores/recent-id.ts'

/** The traces of trace or run ids, which may be shortened. */
export const tracesOfIds = (store: Store, ids: readonly string[]): Promise<string[]> =>
  pLimit(readsAtOnce).map(ids, async id => {
    const { runId, traceId = id } = await runOrTrace(store, id)
    return runId === undefined ? traceId : ((await store.runs.get(runId))?.traceId ?? runId)
  })

/** The traces that ids, a filter or `--from` choose. */
export async function chosenTraces(store: Store, ids: readonly string[], args: Args): Promise<CohortPut[]> {
  const query = traceQueryOf(args)
  const from = args.text('from')
  const limit = args.count('limit')
  const ways = [ids.length > 0, Object.keys(query).length > 0, from !== undefined].filter(Boolean)
  if (ways.length !== 1)
    throw new Misuse('Choose traces in one way: ids, --where and --since, or --from <cohort>.')
  if (ids.length > 0) return (await tracesOfIds(store, ids)).map(traceId => ({ traceId }))
  if (from !== undefined) return entriesOf(store, from, limit)
  const found = await itemsOfAll(page => store.traces.list({ ...query, ...page }), limit)
  if (found.length === 0) throw new Misuse('No trace in the store matches. Widen --where or --since.')
  return found.map(({ traceId }) => ({ traceId }))
}

/** The entries with expected outputs and notes. Traces that are gone cannot be added to another cohort. */
async function entriesOf(store: Store, cohort: string, limit: number | undefined): Promise<CohortPut[]> {
  const items = await itemsOfAll(page => store.cohorts.entries(cohort, page), limit)
  return items.flatMap(({ trace, ...entry }) => (trace ? [entry] : []))
}
