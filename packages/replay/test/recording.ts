import type { SpanRecord } from '@runtape/core'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'

/** A store, and a tracer whose records `keep` appends to it. */
export function recording() {
  const store = memoryStore()
  const records: Parameters<typeof store.append>[0][number][] = []
  const tracer = createTracer({
    sink: { append: record => records.push(record), flush: async () => {}, close: async () => {} },
  })
  const keep = async (change: (span: SpanRecord) => SpanRecord = span => span) => {
    const kept = records.splice(0).map(record => (record.kind === 'span' ? change(record) : record))
    await store.append(kept)
  }
  return { store, tracer, keep }
}
