import assert from 'node:assert/strict'
import type { Payload, SpanRecord } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { runEvent, span } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

const json = (value: unknown): Payload => ({ json: JSON.stringify(value) })

/** A root with children, more than two pages of them, in a mixed order of arrival. */
function wideTree(): readonly SpanRecord[] {
  const root = span({ name: 'root', input: json(['question']), output: json('answer') })
  const { traceId, spanId: parentSpanId } = root
  const children = Array.from({ length: 12 }, (_, seq) => span({ traceId, parentSpanId, seq }))
  const below = children.map(({ spanId }, index) =>
    span({ traceId, parentSpanId: spanId, seq: 0, startedAt: index }),
  )
  return [...below.toReversed(), ...children.toReversed(), root]
}

const skeletonIds = async (store: Store, traceId: string, limit: number): Promise<string[]> => {
  const spans = await allPages(async cursor => {
    const page = await store.traces.skeleton(traceId, { limit, ...after(cursor) })
    assert.ok(page)
    return page
  })
  return spans.map(({ spanId }) => spanId)
}

export const tracePartCases: readonly StoreContractCase[] = [
  {
    title: 'traces.skeleton: has all spans in the order of traces.get, page by page, whatever the limit',
    check: async ({ store }) => {
      const tree = wideTree()
      const [{ traceId }] = tree as [SpanRecord]
      await store.append([...tree, ...wideTree()])
      const expected = (await store.traces.get(traceId))?.spans.map(({ spanId }) => spanId)
      for (const limit of [1, 7, 25, 1000])
        assert.deepEqual(await skeletonIds(store, traceId, limit), expected)
      assert.equal((await store.traces.skeleton(traceId, { limit: 3 }))?.spanCount, 25)
    },
  },
  {
    title: 'traces.skeleton: shows the trace as of the first page; a trace without a root is undefined',
    check: async ({ store }) => {
      const tree = wideTree()
      const [{ traceId }] = tree as [SpanRecord]
      assert.equal(await store.traces.skeleton(traceId), undefined)
      await store.append(tree.slice(0, -1))
      assert.equal(await store.traces.skeleton(traceId), undefined)
      await store.append(tree.slice(-1))
      const first = await store.traces.skeleton(traceId, { limit: 5 })
      const root = tree.at(-1) as SpanRecord
      await store.append([span({ traceId, parentSpanId: root.spanId, seq: 0, startedAt: 1 })])
      const second = await store.traces.skeleton(traceId, { limit: 100, ...after(first?.nextCursor) })
      assert.equal(second?.items.length, 20)
      assert.equal(second?.spanCount, 25)
      assert.equal((await store.traces.skeleton(traceId))?.spanCount, 26)
    },
  },
  {
    title:
      'traces.skeleton: has sizes and marks of payloads in place of the payloads, and everything else but metadata',
    check: async ({ store }) => {
      const large = 'ü'.repeat(300_000)
      const full = span({
        input: { ...json([large]), lossy: ['$[0].socket'] },
        output: { ...json({ key: '[redacted]', more: 'x'.repeat(5000) }), redacted: ['$.key'] },
        error: { name: 'Error', message: 'm'.repeat(900), value: { json: 'null', truncated: 99 } },
        status: 'error',
        usage: { input: 1, output: 2, total: 3 },
        model: 'gpt-5',
        runId: newRunId(),
        sessionId: 's',
        tags: ['a', 'b'],
        metadata: { secret: true },
        mockOnReplay: true,
        timeToFirstTokenMs: 5,
        startOrder: 1,
        endOrder: 2,
      })
      await store.append([full])
      const { kind: _kind, traceId, metadata: _metadata, ...own } = full
      const { items } = (await store.traces.skeleton(traceId)) ?? {}
      assert.deepEqual(items, [
        {
          ...own,
          input: { bytes: 600_004, isLossy: true },
          output: { bytes: Buffer.byteLength(full.output?.json ?? ''), isRedacted: true },
          error: { name: 'Error', message: `${'m'.repeat(499)}…`, value: { bytes: 4, truncated: 99 } },
        },
      ])
    },
  },
  {
    title:
      'traces.skeleton: has the cost of a call, also one that came later, and that of a replay; an unknown one is absent',
    check: async ({ store }) => {
      const [traceId, runId] = [newTraceId(), newRunId()]
      const root = span({ traceId })
      const parentSpanId = root.spanId
      const calls = [0, 1, 2, 3].map(seq => span({ traceId, parentSpanId, seq, runId }))
      const usage = { input: 1, output: 1, total: 2 }
      const eventOf = ({ spanId }: SpanRecord, nanoUsd?: number) =>
        runEvent({
          runId,
          traceId,
          metric: `call:${spanId}`,
          value: { status: 'success', durationMs: 1, usage },
          ...(nanoUsd !== undefined && { cost: { nanoUsd, priceList: 'p' } }),
        })
      const [first, second, third] = calls as [SpanRecord, SpanRecord, SpanRecord]
      const replay = { testRunId: 't', sourceTraceId: traceId, mocked: false }
      const again = span({ runId, replay })
      const replayed = { ...eventOf(again, 11), replay: { testRunId: 't', traceId: again.traceId } }
      await store.append([
        root,
        ...calls,
        eventOf(first, 7),
        eventOf(second),
        eventOf(third),
        again,
        replayed,
      ])
      await store.append([eventOf(second, 9)])
      const costs = async (id: string) =>
        (await store.traces.skeleton(id))?.items.map(({ nanoUsd }) => nanoUsd)
      assert.deepEqual(await costs(traceId), [undefined, 7, 9, undefined, undefined])
      assert.deepEqual(await costs(again.traceId), [11])
    },
  },
  {
    title:
      'traces.search: finds a text in keys, names, payloads and errors, in any case, with an excerpt and its place',
    check: async ({ store }) => {
      const tree = wideTree()
      const root = tree.at(-1) as SpanRecord
      const { traceId, spanId: parentSpanId } = root
      const below = (seq: number, fields: Partial<SpanRecord>) =>
        span({ traceId, parentSpanId, seq, ...fields })
      const filler = 'word '.repeat(40_000)
      const found = [
        below(100, { key: 'STRASSE straße' }),
        below(101, { input: json([{ note: `${filler}Große STRAẞE 5${filler}` }]) }),
        below(102, { output: json({ straße: 1, list: ['x', 'stra\u00dfe'] }) }),
        below(103, { error: { name: 'Error', message: 'no Straße', value: json({}) }, status: 'error' }),
        below(104, { name: 'Straße' }),
      ]
      await store.append([...tree, ...found, below(105, { input: json({ straße: 'only a name' }) })])
      const hits = await allPages(cursor =>
        store.traces.search(traceId, { text: 'straSSe'.replace('SS', 'ß'), limit: 2, ...after(cursor) }),
      )
      assert.deepEqual(
        hits.map(({ spanId }) => spanId),
        found.map(({ spanId }) => spanId),
      )
      const places = hits.map(({ places: [place] }) => place)
      assert.deepEqual(
        places.map(place => [place?.in, place?.path]),
        [
          ['key', undefined],
          ['input', [0, 'note']],
          ['output', ['list', 1]],
          ['error', undefined],
          ['name', undefined],
        ],
      )
      assert.ok(
        places.every(place => /^straße$/iu.test((place?.excerpt ?? '').slice(...(place?.match ?? [0, 0])))),
      )
      assert.ok(places.every(place => (place?.excerpt.length ?? 999) < 210))
    },
  },
  {
    title: 'traces.search: quotes, escapes, numbers and composed characters are found as they are read',
    check: async ({ store }) => {
      const one = span({
        input: json(['say "hi"\n\tnow', 47.11, '你好，世界', 'mu\u0308ller 😀%_*', 'a\\b']),
      })
      await store.append([one])
      const count = async (text: string) => (await store.traces.search(one.traceId, { text })).items.length
      for (const text of ['"hi"', '\n\tnow', '47.11', '好', 'MÜLLER', '😀', '%_*', 'a\\b', 'm\u00fcl'])
        assert.equal(await count(text), 1, JSON.stringify(text))
      for (const text of ['muller', 'h_', 'hi*', 'a\\\\b', 'nown'])
        assert.equal(await count(text), 0, JSON.stringify(text))
      assert.equal((await store.traces.search(newTraceId(), { text: 'hi' })).items.length, 0)
    },
  },
  {
    title: 'traces.skeleton, payload and search: refuse arguments that they cannot read',
    check: async ({ store }) => {
      const { traceId, spanId } = span()
      const { skeleton, payload, search } = store.traces
      const calls = [
        () => skeleton(traceId, { limit: 0 }),
        () => skeleton(traceId, { depth: 1 } as never),
        () => skeleton(traceId, { cursor: 'none' }),
        () => payload(traceId, spanId, {} as never),
        () => payload(traceId, spanId, { of: 'metadata' as never }),
        () => payload(traceId, spanId, { of: 'input', path: 'a.b' }),
        () => payload(traceId, spanId, { of: 'input', path: [-1] }),
        () => payload(traceId, spanId, { of: 'input', offset: -1 }),
        () => search(traceId, { text: ' ' }),
        () => search(traceId, {} as never),
      ]
      for (const call of calls) await assertRefused('invalid-option', call)
      const tree = wideTree()
      await store.append(tree)
      const page = await skeleton(tree[0]?.traceId ?? '', { limit: 1 })
      await assertRefused('invalid-option', () => skeleton(traceId, after(page?.nextCursor)))
    },
  },
]
