import { DatabaseSync } from 'node:sqlite'
import type { RunFilter, Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  assertSameFilters,
  filteredRecords,
  laterScores,
  listedRuns,
  traceId,
} from '../../../testing/test/same-filters.ts'
import { sqliteStore } from '../sqlite-store.ts'

const stores = {} as { sqlite: Store; memory: Store }

beforeAll(async () => {
  stores.sqlite = sqliteStore(new DatabaseSync(':memory:'))
  stores.memory = memoryStore()
  // More runs than fit into a segment.
  const records = filteredRecords(2100)
  for (const store of [stores.sqlite, stores.memory]) store.appendSync?.(records)
  await stores.sqlite.runs.usage()
  // Rows that have changed since their segment was built.
  const later = laterScores(2100)
  for (const store of [stores.sqlite, stores.memory]) store.appendSync?.(later)
})

describe('filters of runs and traces', () => {
  test(
    'select the same in SQLite, in memory, and by the facts of each run',
    () => assertSameFilters({ tested: stores.sqlite, memory: stores.memory }, 25),
    300_000,
  )

  test('agree with the named fields', async () => {
    const { sqlite } = stores
    const pairs: [string, RunFilter][] = [
      ['config:config-1 status:error', { configKey: 'config-1', outcome: 'error' }],
      ['feedback:none user:ann-3', { feedback: 'none', contextKey: 'ann-3' }],
      [
        'model:gpt-2-mini duration:500..2000',
        { model: 'gpt-2-mini', minDurationMs: 500, maxDurationMs: 2000 },
      ],
      ['cost>=2 tokens<=400', { minNanoUsd: 2e9, maxTokens: 400 }],
      [`context.kind:org trace:${traceId(14)}`, { contextKind: 'org', traceId: traceId(14) }],
      [
        'version:3 variation:warm provider:openai since:2026-01-02',
        { version: 3, variationKey: 'warm', provider: 'openai', since: '2026-01-02' },
      ],
    ]
    for (const [where, named] of pairs) {
      const found = await listedRuns(sqlite, { where })
      expect(found, where).not.toEqual([])
      expect(found).toEqual(await listedRuns(sqlite, named))
      expect(await sqlite.runs.usage({ where, groupBy: ['day'] })).toEqual(
        await sqlite.runs.usage({ ...named, groupBy: ['day'] }),
      )
    }
  })
})
