import { RuntapeError, type Store, type TraceQuery } from '@runtape/core'
import { pointInTime } from '@runtape/core/store-helpers'
import type { ReplayWhere } from '../options.ts'

/** The ids of the newest `limit` traces of `key`, across pages. */
export async function findTraces(
  store: Store,
  key: string,
  where: ReplayWhere,
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

function noTraces(key: string, where: ReplayWhere): RuntapeError {
  const such = Object.keys(where).length > 0 ? ` that matches ${JSON.stringify(where)}` : ''
  return new RuntapeError(
    'no-traces',
    `The store has no trace of '${key}'${such}. Record some first, widen where, or name traces with traceIds.`,
  )
}

function queryOf({ since, until, ...where }: ReplayWhere): TraceQuery {
  return {
    ...where,
    ...(since !== undefined && { since: pointInTime('where.since', since) }),
    ...(until !== undefined && { until: pointInTime('where.until', until) }),
  }
}
