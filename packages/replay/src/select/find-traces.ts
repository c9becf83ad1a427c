import { RuntapeError } from '@runtape/core'
import type { Store, TraceQuery } from '@runtape/core/store'
import { pointInTime } from '@runtape/core/store-helpers'
import type { ReplayWhere } from '../options.ts'

/** The ids of the newest `limit` traces of `key`, across pages. */
export async function findTraces(
  store: Store,
  key: string,
  where: ReplayWhere | string,
  limit: number,
): Promise<string[]> {
  const query = queryOf(where)
  // A concurrently recorded trace can move another one to the next page.
  const found = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await store.traces.list({
      ...query,
      key,
      limit: limit - found.size,
      ...(cursor && { cursor }),
    })
    for (const { traceId } of page.items) if (found.size < limit) found.add(traceId)
    cursor = page.items.length > 0 ? page.nextCursor : undefined
  } while (cursor !== undefined && found.size < limit)
  if (found.size === 0) throw noTraces(key, where)
  return [...found]
}

function noTraces(key: string, where: ReplayWhere | string): RuntapeError {
  const conditions = typeof where === 'string' ? where : JSON.stringify(where)
  const such = Object.keys(where).length > 0 ? ` that matches ${conditions}` : ''
  return new RuntapeError(
    'no-traces',
    `The store has no trace of '${key}'${such}. Record some first, widen where, or name traces with traceIds.`,
  )
}

function queryOf(given: ReplayWhere | string): TraceQuery {
  const { since, until, filter, ...where }: ReplayWhere =
    typeof given === 'string' ? { filter: given } : given
  return {
    ...where,
    ...(since !== undefined && { since: pointInTime('where.since', since) }),
    ...(until !== undefined && { until: pointInTime('where.until', until) }),
    ...(filter !== undefined && { where: filter }),
  }
}
