import { memoryStore } from '@runtape/testing'
import { test } from 'vitest'
import { assertSameInRuns } from '../../../testing/test/same-searches.ts'
import { sqliteStore } from '../sqlite-store.ts'

test('a short term with any filter has the hits of a scan in memory, on all pages and as of a revision', () =>
  assertSameInRuns(
    () => ({ tested: sqliteStore(':memory:', { search: true }), memory: memoryStore() }),
    ['a', 'b', 'é', 'ab'],
    30,
  ))
