import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const put = (ids: readonly string[]) => ids.map(traceId => ({ traceId }))

test('a cohort of 100,000 traces is written in short turns, and read in pages', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  const roots = Array.from({ length: 1000 }, () => span())
  await store.append(roots)
  const ids = roots.map(({ traceId }) => traceId)
  // Only the number of traces matters here, so their roots are inserted directly.
  const file = new DatabaseSync(path)
  file.exec(`INSERT INTO span_rows (trace_id, span_id, seq, key, name, type, started_at, duration_ms, status, result_kind)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99000)
    SELECT printf('%032x', i), printf('%016x', i), 0, 'k', 'k', 'function', i, 1, 'ok', 'value' FROM n`)
  file.close()
  const many = Array.from({ length: 99_000 }, (_, at) => (at + 1).toString(16).padStart(32, '0'))
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  const cohort = await store.cohorts.create('large', { put: put([...ids, ...many]) })
  clearInterval(counting)
  expect(cohort).toMatchObject({ size: 100_000, added: 100_000, gone: 0 })
  expect(turns).toBeGreaterThan(500)
  const { items, nextCursor } = await store.cohorts.entries('large', { limit: 50_000 })
  expect(items).toHaveLength(50_000)
  const rest = await store.cohorts.entries('large', { limit: 50_000, cursor: nextCursor ?? '' })
  expect([rest.items.length, rest.nextCursor]).toEqual([50_000, undefined])
  expect(rest.items.at(-1)?.traceId).toBe(many.at(-1))
  await store.close()
})
