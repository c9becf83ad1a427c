import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from './sqlite-store.ts'

/** SQLite's query plans for the queries of `use` on large tables. */
async function plansOf(use: (store: Store) => Promise<unknown>): Promise<string[]> {
  const database = new DatabaseSync(':memory:')
  const texts: string[] = []
  const prepare = (sql: string) => {
    texts.push(sql)
    return database.prepare(sql)
  }
  await use(sqliteStore({ exec: sql => database.exec(sql), close: () => {}, prepare }))
  return texts
    .filter(sql => /FROM (run_events|runs|spans|span_rows)\b/.test(sql))
    .flatMap(sql => database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())
    .map(step => String(step.detail))
}

const tables = 'earlier|root|event|run_events|runs|spans'
const scan = new RegExp(`SCAN (${tables})\\b(?!.* INDEX )|INTEGER PRIMARY KEY \\(rowid[<>]`)

/** Steps that scan a whole table. */
const wholeTable = (plan: readonly string[]): string[] => plan.filter(step => scan.test(step))

const cases: readonly [title: string, use: (store: Store) => Promise<unknown>, index: string][] = [
  ['a run', store => store.runs.get('a'), 'run_events_identity (run_id=?)'],
  ['the newest runs', store => store.runs.list(), 'SCAN runs USING INDEX runs_time'],
  [
    'runs between two times',
    store => store.runs.list({ since: '2026-01-01', until: '2026-02-01' }),
    'runs_time (first_at>? AND first_at<?)',
  ],
  [
    'runs of a config since a time',
    store => store.runs.list({ configKey: 'a', since: '2026-01-01' }),
    'runs_config (config=? AND first_at>?)',
  ],
  ['runs of a variation', store => store.runs.list({ variationKey: 'a' }), 'runs_variation (variation=?)'],
  ['runs of a customer', store => store.runs.list({ contextKey: 'a' }), 'runs_context (context_key=?)'],
  ['runs with feedback', store => store.runs.list({ feedback: 'negative' }), 'runs_feedback (feedback=?)'],
  ['runs that failed', store => store.runs.list({ outcome: 'error' }), 'runs_outcome (outcome=?)'],
  ['a trace', store => store.traces.get('a'), 'spans_identity (trace_id=? AND span_id>?)'],
  ['the newest traces', store => store.traces.list(), 'spans_root_time'],
  ['the newest traces of a filter', store => store.traces.list({ where: 'tool:a' }), 'spans_root_time'],
  [
    'traces of a filter on feedback',
    store => store.traces.list({ where: 'feedback:negative' }),
    'run_events_feedback',
  ],
  ['traces of a key', store => store.traces.list({ key: 'a', outcome: 'error' }), 'spans_root_key (key=?)'],
  ['traces with feedback', store => store.traces.list({ feedback: 'negative' }), 'run_events_feedback'],
  ['traces of a run', store => store.traces.list({ runId: 'a' }), 'spans_run (run_id=?)'],
  [
    'traces of a test run',
    store => store.traces.list({ testRunId: 'a' }),
    'spans_root_test_run (test_run_id=?)',
  ],
]

describe('an index serves', () => {
  test.each(cases)('%s', async (_, use, index) => {
    const plan = await plansOf(use)
    expect(plan.join('\n')).toContain(index)
    expect(wholeTable(plan)).toEqual([])
  })
})
