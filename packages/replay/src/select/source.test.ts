import { memoryStore, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { storeWith } from '../../test/tape.ts'
import { fetchSource } from './source.ts'

describe('fetchSource', () => {
  test('loads a trace of the key', async () => {
    const store = memoryStore()
    const root = span({ key: 'support.answer' })
    await store.append([root])
    expect(await fetchSource(store, 'support.answer', { traceId: root.traceId })).toMatchObject({ root })
  })

  test('refuses a missing trace, and one of another key', async () => {
    const store = memoryStore()
    const root = span({ key: 'support.answer' })
    await store.append([root])
    await expect(fetchSource(store, 'support.answer', { traceId: 'f'.repeat(32) })).rejects.toThrow(
      /is not in the store/,
    )
    await expect(fetchSource(store, 'other', { traceId: root.traceId })).rejects.toThrow(
      /belongs to 'support.answer', not to 'other'/,
    )
  })

  test('refuses one without a root', async () => {
    const rootless = { get: async () => ({ traceId: 'x', spans: [] }) as never }
    await expect(
      fetchSource(storeWith(memoryStore(), { traces: rootless }), 'k', { traceId: 'x' }),
    ).rejects.toThrow(/not in the store/)
  })

  test('loads a call in the middle with its descendants, and suggests one', async () => {
    const store = memoryStore()
    const root = span({ key: 'root' })
    const { traceId } = root
    const inner = span({ traceId, parentSpanId: root.spanId, key: 'inner' })
    const leaf = span({ traceId, parentSpanId: inner.spanId, key: 'leaf' })
    const other = span({ traceId, parentSpanId: root.spanId, seq: 1, key: 'other' })
    await store.append([root, inner, leaf, other])
    const trace = await fetchSource(store, 'inner', { traceId, spanId: inner.spanId })
    expect(trace).toEqual({ traceId, root: inner, spans: [inner, leaf] })
    await expect(fetchSource(store, 'inner', { traceId })).rejects.toThrow(`spanId: '${inner.spanId}'`)
    await expect(fetchSource(store, 'inner', { traceId, spanId: 'none' })).rejects.toThrow(/has no span none/)
    await expect(fetchSource(store, 'inner', { traceId, spanId: other.spanId })).rejects.toThrow(
      /belongs to 'other', not to 'inner'/,
    )
  })
})
