import { newTraceId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Plan, Plans, scansOf } from '../test/plans.ts'
import { testSchema, testServer } from '../test/server.ts'
import { postgresStore } from './index.ts'

const schema = testSchema()
let plans: Plans
let store: Store
/** A revision in the middle of the records. */
let middle: string

beforeAll(async () => {
  plans = new Plans(await testServer(), schema)
  store = postgresStore({ pool: plans.noting, schema })
  const all = Array.from({ length: 600 }, (_, index) => index)
  await store.append(all.slice(0, 300).flatMap(recordsOf))
  middle = await store.revision()
  await store.append(all.slice(300).flatMap(recordsOf))
  for (const where of [{ contextKey: 'user-1' }, { configKey: 'config-1', model: 'small' }, {}])
    await store.budgets.put({
      name: Object.keys(where).join() || 'all',
      measure: 'runs',
      limit: 1,
      window: '24h',
      where,
    })
  await plans.pool.query(
    `ANALYZE ${schema}.runs; ANALYZE ${schema}.spans; ANALYZE ${schema}.run_events; ANALYZE ${schema}.payloads`,
  )
})
afterAll(async () => {
  await store.close()
  await plans.pool.query(`DROP SCHEMA ${schema} CASCADE`)
  await plans.pool.end()
})

const traceIds = Array.from({ length: 600 }, newTraceId)

function recordsOf(index: number) {
  const [runId, traceId] = [`run-${index}`, traceIds[index] ?? '']
  const of = { runId, traceId, at: testTime + index, configKey: `config-${index % 50}` }
  const root = span({
    traceId,
    runId,
    startedAt: testTime + index,
    key: `key-${index % 50}`,
    sessionId: `session-${index % 100}`,
    tags: [`tag-${index % 100}`],
  })
  const usage = { input: index, output: 1, total: index + 1 }
  return [
    root,
    span({ traceId, runId, parentSpanId: root.spanId, startedAt: testTime + index }),
    runEvent({ ...of, metric: 'duration', value: index }),
    runEvent({
      ...of,
      context: { kind: 'user', key: `user-${index}` },
      metric: 'tokens',
      value: usage,
      cost: { nanoUsd: index, priceList: 'a@1' },
    }),
    runEvent({ ...of, metric: 'feedback', value: { kind: index % 50 ? 'positive' : 'negative' } }),
  ]
}

/** The steps show whether an index can serve a query: a small table has no other reason to be read as a whole. */
async function stepsOf(read: () => Promise<unknown>): Promise<Plan[]> {
  const steps = await plans.stepsOf(read, ['enable_seqscan = off'])
  expect(steps.length).toBeGreaterThan(0)
  return steps
}

const reads: Readonly<Record<string, () => Promise<unknown>>> = {
  'runs.get': () => store.runs.get('run-5'),
  'runs.list': () => store.runs.list(),
  'runs.list by cost': () => store.runs.list({ sort: 'cost' }),
  'runs.list by tokens, ascending': () => store.runs.list({ sort: 'tokens', order: 'ascending' }),
  'runs.list by duration': () => store.runs.list({ sort: 'duration' }),
  'runs.list of a time': () => store.runs.list({ since: testTime + 10, until: testTime + 20 }),
  'runs.list of a config': () => store.runs.list({ configKey: 'config-1' }),
  'runs.list of a customer': () => store.runs.list({ contextKey: 'user-1' }),
  'runs.list with feedback': () => store.runs.list({ feedback: 'negative' }),
  'runs.list of a trace': () => store.runs.list({ traceId: traceIds[1] ?? '' }),
  'usage of a time': () => store.runs.usage({ since: testTime + 10, until: testTime + 20, groupBy: ['day'] }),
  'traces.get': () => store.traces.get(traceIds[1] ?? ''),
  'traces.getSpan': () => store.traces.getSpan(traceIds[1] ?? '', '00000000000000aa'),
  'traces.list': () => store.traces.list(),
  'traces.list of a key': () => store.traces.list({ key: 'key-1' }),
  'traces.list of a session': () => store.traces.list({ sessionId: 'session-1' }),
  'traces.list with a tag': () => store.traces.list({ tag: 'tag-1' }),
  'traces.list with feedback': () => store.traces.list({ feedback: 'negative' }),
  'traces.list of a run': () => store.traces.list({ runId: 'run-1' }),
  'traces.list of a test run': () => store.traces.list({ testRunId: 'none' }),
  'budgets.state of a customer': () => store.budgets.state({ name: 'contextKey' }),
  'budgets.state of a config and a model': () => store.budgets.state({ name: 'configKey,model' }),
  'budgets.state of all runs': () => store.budgets.state({ name: 'all' }),
  'changes, a page': () => store.changes({ since: middle, limit: 20 }),
  'changes, the end': async () => store.changes({ since: await store.revision() }),
  'changes of runs': () => store.changes({ since: middle, kinds: ['run'], limit: 20 }),
  'reviews.progress': () => store.reviews.progress({ runs: {} }),
  'append of known records': () => store.append(recordsOf(3).filter(record => record.kind === 'run-event')),
}

test.each(Object.keys(reads))('%s reads no table as a whole', async name => {
  const steps = await stepsOf(reads[name] as () => Promise<unknown>)
  expect(scansOf(steps)).toEqual([])
})

test('the first page of runs.list and traces.list comes in the order of an index, without sorting', async () => {
  for (const read of [
    () => store.runs.list({ limit: 5 }),
    () => store.traces.list({ limit: 5 }),
    () => store.runs.list({ sort: 'cost', limit: 5 }),
  ]) {
    const { sent } = plans
    const first = async () => {
      await read()
      // Later queries read what belongs to the page.
      sent.splice(
        0,
        sent.length,
        ...sent.filter(({ text }) => /LIMIT \$\d+::bigint$/.test(text.trim())).slice(0, 1),
      )
    }
    const kinds = (await stepsOf(first)).map(step => step['Node Type'])
    expect(kinds).not.toContain('Sort')
  }
})

test('a read of a whole table would be noticed', async () => {
  const steps = await stepsOf(() => store.runs.list({ variationKey: 'none', sort: 'cost', maxNanoUsd: 5 }))
  expect(steps.length).toBeGreaterThan(0)
  const { sent } = plans
  const whole = await stepsOf(
    async () => void sent.push({ text: `SELECT record FROM "${schema}".run_events WHERE record = 'a'` }),
  )
  expect(scansOf(whole)).toEqual(['reads all of run_events'])
})
