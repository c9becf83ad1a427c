import { HttpError } from '../../../http-error.ts'
import type { ClientRequest } from '../../client-route.ts'
import { type SpanId, traceIdOf } from '../ids.ts'
import { bitfabTag } from '../span-record.ts'

/** The root of a trace that is replayed. */
export interface Chosen extends SpanId {
  readonly durationMs: number
}

/** The newest traces of a function that Bitfab's clients recorded, without replays. */
export async function newestTraces(
  { project }: ClientRequest,
  key: string,
  limit: number,
): Promise<readonly Chosen[]> {
  const { items } = await project.store.traces.list({ key, tag: bitfabTag, limit })
  return items
}

/**
 * The traces with these ids: those of the store, or those that clients made.
 *
 * @throws {HttpError} 404 that names those that cannot be replayed
 */
export async function tracesById(
  asked: ClientRequest,
  key: string,
  ids: readonly string[],
): Promise<readonly Chosen[]> {
  const found: Chosen[] = []
  const missing: string[] = []
  for (const id of ids) {
    const root =
      (await rootOf(asked, key, id)) ?? (await rootOf(asked, key, await traceIdOf(asked.projectName, id)))
    if (root) found.push(root)
    else missing.push(id)
  }
  if (missing.length === 0) return found
  throw new HttpError(
    404,
    'not-found',
    `The store has no completed traces of ${key} of a Bitfab client with these ids: ${missing.join(', ')}. Use ids of its traces.`,
  )
}

async function rootOf({ project }: ClientRequest, key: string, traceId: string): Promise<Chosen | undefined> {
  const root = (await project.store.traces.skeleton(traceId, { limit: 1 }))?.items[0]
  if (!root || root.key !== key || !root.tags?.includes(bitfabTag)) return undefined
  return { traceId, spanId: root.spanId, durationMs: root.durationMs }
}
