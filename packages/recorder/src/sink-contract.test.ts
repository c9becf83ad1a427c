import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { sinkContract } from '@runtape/testing/vitest'
import { createRecorder } from './create-recorder.ts'

const stores = [
  ['an embedded store', () => sqliteStore(':memory:')],
  ['a remote store', () => ({ ...memoryStore(), appendSync: undefined as never })],
] as const

for (const [name, open] of stores)
  sinkContract(`a recorder in front of ${name}`, async () => {
    const store = open()
    const sink = createRecorder({ store, logger: { warn: () => {} } })
    return {
      sink,
      has: async record =>
        record.kind === 'span'
          ? (await store.traces.getSpan(record.traceId, record.spanId)) !== undefined
          : (await store.runs.get(record.runId)) !== undefined,
    }
  })
