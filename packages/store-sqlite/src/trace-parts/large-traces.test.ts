import { join } from 'node:path'
import type { SpanRecord } from '@runtape/core'
import { memoryStore, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { inWorker } from '../../test/in-worker.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

/** A trace of this many spans: a root, and calls below earlier calls. */
function traceOf(count: number): SpanRecord[] {
  const root = span()
  const spans = [root]
  while (spans.length < count) {
    const parentSpanId = spans[Math.floor(spans.length / 7)]?.spanId
    spans.push(
      span({ traceId: root.traceId, parentSpanId, seq: spans.length % 7, name: `call ${spans.length}` }),
    )
  }
  return spans
}

async function skeletonIds({ traces }: Pick<SqliteStore, 'traces'>, traceId: string): Promise<string[]> {
  const ids: string[] = []
  let page = await traces.skeleton(traceId)
  for (;;) {
    ids.push(...(page?.items ?? []).map(({ spanId }) => spanId))
    if (page?.nextCursor === undefined) return ids
    page = await traces.skeleton(traceId, { limit: 1777, cursor: page.nextCursor })
  }
}

/** Number of event loop turns until the promise is settled. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false]
  const done = promise.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await new Promise(setImmediate)
    turns++
  }
  await done
  return turns
}

describe.each([true, false])('a trace of 6,000 spans (worker: %s)', worker => {
  const opened = async () => {
    const store = sqliteStore(join(scratchDirectory(), 'runtape.db'), { worker })
    return worker ? inWorker(store) : store
  }

  test('has its root at once, and then all spans in order', async () => {
    const [store, memory, spans] = [await opened(), memoryStore(), traceOf(6000)]
    for (const each of [store, memory]) await each.append(spans.toReversed())
    const traceId = spans[0]?.traceId ?? ''
    const first = await store.traces.skeleton(traceId)
    expect(first).toMatchObject({ spanCount: 6000, items: [{ spanId: spans[0]?.spanId }] })
    expect(await skeletonIds(store, traceId)).toEqual(await skeletonIds(memory as SqliteStore, traceId))
    const found = await store.traces.search(traceId, { text: 'CALL 599' })
    expect(found).toEqual(await memory.traces.search(traceId, { text: 'CALL 599' }))
    expect(found.items.length).toBe(11)
    await store.close()
  })

  test('is read in many turns of the event loop, also by traces.get', async () => {
    const [store, spans] = [await opened(), traceOf(6000)]
    await store.append(spans)
    const traceId = spans[0]?.traceId ?? ''
    expect(await turnsUntil(store.traces.get(traceId))).toBeGreaterThan(10)
    expect((await store.traces.get(traceId))?.spans.length).toBe(6000)
    expect(await turnsUntil(skeletonIds(store, traceId))).toBeGreaterThan(10)
    await store.erase({ traceId })
    expect(await store.traces.skeleton(traceId)).toBeUndefined()
    await store.close()
  })

  test('a payload of 10 MB is read in many turns', async () => {
    const items = Array.from({ length: 100_000 }, (_, id) => ({ id, text: 'x'.repeat(70), last: `é"${id}` }))
    const one = span({
      input: { json: JSON.stringify(items) },
      output: { json: JSON.stringify('"ü'.repeat(2_000_000)) },
    })
    const store = await opened()
    await store.append([one])
    const { traceId, spanId } = one
    const read = store.traces.payload(traceId, spanId, { of: 'input', path: '$[99999].last' })
    expect(await turnsUntil(read)).toBeGreaterThan(5)
    expect(await read).toMatchObject({ value: 'é"99999' })
    const page = await store.traces.payload(traceId, spanId, { of: 'output', offset: 3_999_995 })
    expect(page).toMatchObject({ text: 'ü"ü"ü', length: 4_000_000 })
    const found = await store.traces.search(traceId, { text: 'é"99998' })
    expect(found.items[0]?.places).toMatchObject([{ in: 'input', path: [99998, 'last'] }])
    await store.close()
  })
})

test('the skeleton of a page that was cut by an erasure is undefined', async () => {
  const [store, spans] = [sqliteStore(':memory:'), traceOf(20)]
  await store.append(spans)
  const traceId = spans[0]?.traceId ?? ''
  const first = await store.traces.skeleton(traceId, { limit: 5 })
  await store.erase({ traceId })
  expect(await store.traces.skeleton(traceId, { cursor: first?.nextCursor ?? '' })).toBeUndefined()
  await store.close()
})
