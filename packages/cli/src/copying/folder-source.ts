import { createHash } from 'node:crypto'
import {
  type CopiedKind,
  type CopiedRecord,
  type CopyBatch,
  type CopySource,
  copiedKinds,
} from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { itemsOfAll } from '../stores/all-pages.ts'

/** Traces of tape files with their runs. Files do not say when a record was received: it counts as received now. */
export function folderSource(store: Store, path: string): CopySource {
  const receivedAt = Date.now()
  const taken = (records: readonly CopiedRecord['record'][]): CopiedRecord[] =>
    records.map(record => ({ record, receivedAt }))
  const events = async () => {
    const runs = await itemsOfAll(page => store.runs.list(page))
    const all = await Promise.all(runs.map(({ runId }) => store.runs.get(runId)))
    return all.flatMap(run => run?.events ?? [])
  }
  const traceIds = async () =>
    (await itemsOfAll(page => store.traces.list(page))).map(({ traceId }) => traceId)
  const spansOf = async (traceId: string) => (await store.traces.get(traceId))?.spans ?? []
  async function* read(kind: CopiedKind): AsyncGenerator<CopyBatch> {
    if (kind === 'events') yield { kind, entries: taken(await events()), position: '' }
    if (kind === 'spans')
      for (const traceId of await traceIds())
        yield { kind, entries: taken(await spansOf(traceId)), position: '' }
  }
  return {
    id: async () => createHash('sha256').update(path).digest('hex').slice(0, 32),
    read: kind => read(kind) as never,
    counts: async () => {
      const counts = Object.fromEntries(copiedKinds.map(kind => [kind, 0])) as Record<CopiedKind, number>
      let spans = 0
      for (const traceId of await traceIds()) spans += (await spansOf(traceId)).length
      return { ...counts, events: (await events()).length, spans }
    },
    leftBehind: async () => ({}),
  }
}
