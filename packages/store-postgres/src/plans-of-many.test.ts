// The planner chooses for real, over more rows than it would rather read as a whole.
import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Plans, scansOf } from '../test/plans.ts'
import { testSchema, testServer } from '../test/server.ts'
import { openDatabase } from './database/open.ts'
import { postgresStore } from './index.ts'
import { checkedOptions } from './options.ts'
import { keepQuarters } from './usage/keep-quarters.ts'

const schema = testSchema()
const [appended, copies] = [500, 40]
const traceIds = Array.from({ length: appended }, (_, index) => (index + 1).toString(16).padStart(32, '0'))
let plans: Plans
let store: Store
let revision: string
let written: number

beforeAll(async () => {
  plans = new Plans(await testServer(), schema)
  store = postgresStore({ pool: plans.noting, schema })
  await store.append(Array.from({ length: appended }, (_, index) => recordsOf(index)).flat())
  await copyRows()
  revision = await store.revision()
  written = Date.now()
  await store.append([
    runEvent({ runId: 'run-3', metric: 'feedback', value: { kind: 'positive' }, at: testTime }),
  ])
  await store.testRuns.start({ testRunId: 'nightly', key: 'key-1', sourceTraceIds: traceIds.slice(0, 5) })
  await store.cohorts.create('some')
  await store.cohorts.change('some', { put: traceIds.slice(0, 50).map(traceId => ({ traceId })) })
}, 120_000)
afterAll(async () => {
  await store.close()
  await plans.pool.query(`DROP SCHEMA ${schema} CASCADE`)
  await plans.pool.end()
})

function recordsOf(index: number) {
  const [runId, traceId] = [`run-${index}`, traceIds[index] ?? '']
  const of = {
    ...{ runId, traceId, at: testTime + index * 1000, configKey: `config-${index % 3}` },
    context: { kind: 'user', key: `user-${index}` },
  }
  const root = {
    ...{ traceId, runId, startedAt: of.at, durationMs: index, key: `key-${index % 50}` },
    ...{ sessionId: `session-${index}`, tags: [`tag-${index}`] },
  }
  const usage = { input: index, output: 1, total: index + 1 }
  return [
    span(root),
    runEvent({ ...of, metric: 'duration', value: index }),
    runEvent({ ...of, metric: 'tokens', value: usage, cost: { nanoUsd: index, priceList: 'a@1' } }),
    ...(index % 100 ? [] : [runEvent({ ...of, metric: 'feedback', value: { kind: 'negative' } })]),
  ]
}

/** Copies the rows that the store has written, as other runs at other times. */
async function copyRows(): Promise<void> {
  const ms = `copy.n * ${appended * 1000}`
  const differs: Readonly<Record<string, string>> = {
    ...{ id: `row.id + copy.n * 1000000`, run_id: `row.run_id || '-' || copy.n`, at: `row.at + ${ms}` },
    ...{
      trace_id: `md5(row.trace_id || copy.n)`,
      first_at: `row.first_at + ${ms}`,
      last_at: `row.last_at + ${ms}`,
    },
    ...{ started_at: `row.started_at + ${ms}`, context_key: `row.context_key || '-' || copy.n % 4` },
    ...{ session_id: `row.session_id || '-' || copy.n`, tags: `ARRAY['tag-' || copy.n]` },
  }
  for (const table of ['run_events', 'spans', 'runs']) {
    const { rows } = await plans.pool.query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = '${schema}' AND table_name = '${table}'`,
    )
    const names = rows.map(({ name }) => String(name))
    const values = names.map(name => differs[name] ?? `row.${name}`)
    await plans.pool.query(`INSERT INTO ${schema}.${table} (${names.join(', ')})
      SELECT ${values.join(', ')} FROM ${schema}.${table} AS row CROSS JOIN generate_series(1, ${copies}) AS copy(n)`)
  }
}

const [traceId = ''] = traceIds
const times = { since: testTime + 10_000, until: testTime + 20_000 }
const known = recordsOf(3).filter(record => record.kind === 'run-event')

const reads: Readonly<Record<string, () => Promise<unknown>>> = {
  'runs.get': () => store.runs.get('run-5'),
  'runs.list': () => store.runs.list(),
  'runs.list as of a revision': () => store.runs.list({ asOf: revision }),
  'runs.list as of a time': () => store.runs.list({ asOf: written }),
  'runs.list, oldest first': () => store.runs.list({ order: 'ascending' }),
  'runs.list by cost': () => store.runs.list({ sort: 'cost' }),
  'runs.list by tokens, ascending': () => store.runs.list({ sort: 'tokens', order: 'ascending' }),
  'runs.list by duration': () => store.runs.list({ sort: 'duration' }),
  'runs.list by duration, of a customer': () => store.runs.list({ sort: 'duration', contextKey: 'user-1' }),
  'runs.list of a time': () => store.runs.list(times),
  'runs.list of a config': () => store.runs.list({ configKey: 'config-1' }),
  'runs.list of a customer': () => store.runs.list({ contextKey: 'user-1' }),
  'runs.list of a customer and a model': () => store.runs.list({ contextKey: 'user-1', model: 'test-model' }),
  'runs.list with feedback': () => store.runs.list({ feedback: 'negative' }),
  'runs.list of a trace': () => store.runs.list({ traceId }),
  'runs.list where user and cost': () => store.runs.list({ where: 'user:user-1 cost<1' }),
  'facets of a customer': () => store.runs.facets({ field: 'config', contextKey: 'user-1' }),
  'usage of a customer': () => store.runs.usage({ contextKey: 'user-1', groupBy: ['day'] }),
  'usage of a time': () => store.runs.usage({ ...times, groupBy: ['day', 'config'] }),
  'traces.get': () => store.traces.get(traceId),
  'traces.getSpan': () => store.traces.getSpan(traceId, '00000000000000aa'),
  'traces.list': () => store.traces.list(),
  'traces.list of a time': () => store.traces.list(times),
  'traces.list of a key': () => store.traces.list({ key: 'key-1' }),
  'traces.list of a session': () => store.traces.list({ sessionId: 'session-1' }),
  'traces.list with a tag': () => store.traces.list({ tag: 'tag-1' }),
  'traces.list with feedback': () => store.traces.list({ feedback: 'negative' }),
  'traces.list of a run': () => store.traces.list({ runId: 'run-1' }),
  'traces.list of a test run': () => store.traces.list({ testRunId: 'nightly' }),
  'testRuns.items': () => store.testRuns.items('nightly'),
  'cohorts.get': () => store.cohorts.get('some'),
  'reviews.list of a run': () => store.reviews.list({ runId: 'run-1' }),
  'reviews.queue': () => store.reviews.queue({ runs: { feedback: 'negative' } }),
  'append of known records': () => store.append(known),
}

const secondPages: Readonly<Record<string, () => Promise<unknown>>> = {
  'runs.list, a second page': async () => {
    const { nextCursor } = await store.runs.list({ limit: 5 })
    plans.sent.length = 0
    return store.runs.list({ limit: 5, ...(nextCursor !== undefined && { cursor: nextCursor }) })
  },
  'traces.list, a second page': async () => {
    const { nextCursor } = await store.traces.list({ limit: 5 })
    plans.sent.length = 0
    return store.traces.list({ limit: 5, ...(nextCursor !== undefined && { cursor: nextCursor }) })
  },
}

const all = { ...reads, ...secondPages }

/** Queries whose plans must hold with and without statistics. */
function holdsFor(title: string, prepare: () => Promise<void>, except: readonly string[] = []): void {
  describe(title, () => {
    beforeAll(prepare)
    test.each(Object.keys(all).filter(name => !except.includes(name)))(
      '%s reads no table as a whole',
      async name => {
        const scans = scansOf(await plans.stepsOf(all[name] as () => Promise<unknown>))
        // The other tables have few rows.
        expect(scans.filter(scan => / (runs|run_events|spans)$/.test(scan))).toEqual([])
      },
    )
  })
}

// Without statistics, the planner takes feedback and changes for frequent.
const misjudged = ['traces.list with feedback', 'runs.list as of a time']
holdsFor('before the server has statistics', async () => {}, misjudged)
holdsFor('with statistics', async () => {
  for (const table of ['runs', 'spans', 'run_events']) await plans.pool.query(`ANALYZE ${schema}.${table}`)
})

test('a bill of all runs by time reads no run once the sums of its quarters are kept', async () => {
  const database = openDatabase(checkedOptions({ pool: plans.noting, schema }))
  await keepQuarters(database, -1)
  const steps = await plans.stepsOf(() => store.runs.usage({ groupBy: ['day'] }))
  expect(steps.flatMap(step => step['Relation Name'] ?? [])).not.toContain('runs')
})
