import type { Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import { createTracer, encodeValue } from '@runtape/trace'
import { beforeEach, expect, test } from 'vitest'
import { expectedOutput } from '../evaluators/expected-output.ts'
import { replay } from './replay.ts'

let store: Store
let said: (text: string) => string
let warnings: string[]
const logger = { warn: (message: string) => void warnings.push(message) }

const tracer = () =>
  createTracer({
    sink: { append: record => void store.append([record]), flush: async () => {}, close: async () => {} },
  })
let answer: (text: string) => Promise<{ text: string; n: number }>
let other: () => Promise<number>

beforeEach(async () => {
  store = memoryStore()
  warnings = []
  said = text => text.toUpperCase()
  const { traced } = tracer()
  answer = traced('answer', async (text: string) => ({ text: said(text), n: 1 }))
  other = traced('other', async () => 1)
  for (const text of ['a', 'b', 'c']) await answer(text)
  await other()
})

/** Trace ids of a function, in the order of its input. */
async function idsOf(key: string): Promise<string[]> {
  const { items } = await store.traces.list({ key, limit: 1000 })
  const roots = await Promise.all(items.map(({ traceId, spanId }) => store.traces.getSpan(traceId, spanId)))
  const inputs = roots.map(root => ({ traceId: root?.traceId ?? '', input: root?.input.json ?? '' }))
  return inputs.sort((x, y) => (x.input < y.input ? -1 : 1)).map(({ traceId }) => traceId)
}

const expecting = (value: unknown) => ({ expected: encodeValue(value) })

test('replays the traces of a cohort in its order, and names it with what was left out', async () => {
  const [a = '', b = '', c = ''] = await idsOf('answer')
  const [foreign = ''] = await idsOf('other')
  await store.cohorts.create('x', { put: [c, a, foreign, b].map(traceId => ({ traceId })) })
  await store.cohorts.change('x', { remove: [b] })
  await store.erase({ traceId: a })
  const newest = await replay(answer, { store, cohort: 'x', mock: 'marked', logger })
  expect(newest.items.map(({ sourceTraceId }) => sourceTraceId)).toEqual([c])
  expect(newest.cohort).toEqual({ name: 'x', version: 2, traces: 3, gone: 1, ofOthers: 1 })
  expect((await store.testRuns.get(newest.testRunId))?.cohort).toEqual({ name: 'x', version: 2 })
  const first = await replay(answer, { store, cohort: 'x@1', mock: 'marked', logger })
  expect(first.items.map(({ sourceTraceId }) => sourceTraceId)).toEqual([c, b])
  expect(first.cohort).toMatchObject({ version: 1, traces: 4, gone: 1, ofOthers: 1 })
})

test('a cohort is replayed whole unless limit says otherwise, beyond 100 traces', async () => {
  for (let n = 0; n < 120; n++) await answer(`${n}`)
  const ids = await idsOf('answer')
  await store.cohorts.create('all', { put: ids.map(traceId => ({ traceId })) })
  const whole = await replay(answer, { store, cohort: 'all', mock: 'marked', logger })
  expect(whole.summary.total).toBe(123)
  const some = await replay(answer, { store, cohort: 'all', limit: 7, mock: 'marked', logger })
  expect(some.items.map(({ sourceTraceId }) => sourceTraceId)).toEqual(ids.slice(0, 7))
})

test('expected-output compares with what is expected, not with the recording', async () => {
  const [a = '', b = '', c = ''] = await idsOf('answer')
  await store.cohorts.create('x', {
    put: [
      { traceId: a, ...expecting({ n: 1, text: 'A!' }) },
      { traceId: b, ...expecting({ n: 1, text: 'B' }) },
      { traceId: c, ...expecting({ n: 1, text: 'C!' }) },
    ],
  })
  said = text => (text === 'c' ? 'c' : `${text.toUpperCase()}!`)
  const { items, summary } = await replay(answer, {
    store,
    cohort: 'x',
    mock: 'marked',
    evaluators: [expectedOutput()],
    logger,
  })
  expect(items.map(({ outcome, scores }) => [outcome, scores['expected-output']?.pass])).toEqual([
    ['changed', true],
    ['changed', false],
    ['changed', false],
  ])
  expect(items[1]?.scores['expected-output']?.reasoning).toBe('Differs from the expected output in text.')
  expect(items[0]?.expected).toEqual({ n: 1, text: 'A!' })
  expect(summary.scores['expected-output']).toMatchObject({ passed: 1, failed: 2, errors: 0, pass: false })
})

test('a trace of which nothing is expected is unknown, never a pass', async () => {
  const [a = '', b = ''] = await idsOf('answer')
  await store.cohorts.create('x', {
    put: [{ traceId: a, ...expecting({ text: 'A', n: 1 }) }, { traceId: b }],
  })
  const { items, summary } = await replay(answer, {
    store,
    cohort: 'x',
    mock: 'marked',
    evaluators: [expectedOutput()],
    logger,
  })
  expect(items.map(({ scores }) => scores['expected-output']?.pass)).toEqual([true, undefined])
  expect(items[1]?.scoreErrors).toEqual({ 'expected-output': expect.stringContaining('nothing is expected') })
  expect(items[1]).not.toHaveProperty('expected')
  expect(summary.pass).toBe(false)
  expect(warnings).toEqual([])
})

test('an error, a null and an undefined output are compared too', async () => {
  const { traced } = tracer()
  let result: unknown = null
  const maybe = traced('maybe', async (_: number) => {
    if (result === 'throw') throw new Error('no')
    return result
  })
  for (const n of [1, 2, 3]) await maybe(n)
  const [a = '', b = '', c = ''] = await idsOf('maybe')
  await store.cohorts.create('x', {
    put: [
      { traceId: a, ...expecting(null) },
      { traceId: b, ...expecting(undefined) },
      { traceId: c, ...expecting({}) },
    ],
  })
  const passes = async () => {
    const options = { store, cohort: 'x', mock: 'marked', evaluators: [expectedOutput()], logger } as const
    return (await replay(maybe, options)).items.map(({ scores }) => scores['expected-output']?.pass)
  }
  expect(await passes()).toEqual([true, false, false])
  result = undefined
  expect(await passes()).toEqual([false, true, false])
  result = 'throw'
  expect(await passes()).toEqual([false, false, false])
})

test('shards replay the version that the first one found', async () => {
  const ids = await idsOf('answer')
  const put = (traceIds: readonly string[]) =>
    traceIds.map(traceId => ({ traceId, ...expecting({ text: 'no', n: 1 }) }))
  await store.cohorts.create('x', { put: put(ids.slice(0, 2)) })
  const options = { store, cohort: 'x', mock: 'marked', testRunId: 'ci', logger } as const
  const first = await replay(answer, { ...options, shard: '1/2' })
  await store.cohorts.change('x', { put: put(ids.slice(2)), remove: ids.slice(0, 1) })
  await store.cohorts.change('x', { put: [{ traceId: ids[1] ?? '', ...expecting({ text: 'B', n: 1 }) }] })
  const second = await replay(answer, { ...options, shard: '2/2', evaluators: [expectedOutput()] })
  expect([...first.items, ...second.items].map(({ sourceTraceId }) => sourceTraceId)).toEqual(ids.slice(0, 2))
  expect(second.cohort).toEqual({ name: 'x', version: 1, traces: 2, gone: 0, ofOthers: 0 })
  expect(second.items[0]?.scores['expected-output']?.pass).toBe(false)
  await expect(replay(answer, { ...options, cohort: 'x@2', shard: '2/2' })).rejects.toThrow(
    'Test run ci replays cohort x@1, not x@2',
  )
})

test('expected takes outputs from elsewhere', async () => {
  const [a = ''] = await idsOf('answer')
  const { items } = await replay(answer, {
    store,
    traceIds: [a],
    mock: 'marked',
    expected: async traceId => (traceId === a ? encodeValue({ text: 'A', n: 1 }) : undefined),
    evaluators: [expectedOutput()],
    logger,
  })
  expect(items[0]?.scores['expected-output']?.pass).toBe(true)
})

test('meaningless choices are refused before anything starts', async () => {
  const [a = ''] = await idsOf('answer')
  const refused = (options: object) => expect(replay(answer, { store, cohort: 'x', ...options })).rejects
  await store.cohorts.create('x')
  await refused({ traceIds: [a] }).toThrow('cohort excludes traceIds')
  await refused({ where: { feedback: 'negative' } }).toThrow('cohort excludes')
  await refused({ spans: [{ traceId: a, spanId: 's' }] }).toThrow('cohort excludes')
  await refused({ cohort: 'a b' }).toThrow('must be a name')
  await refused({ cohort: 'y' }).toThrow('The store has no cohort "y"')
  await refused({ cohort: 'x@7' }).toThrow('no cohort "x" with a version 7')
  await refused({}).toThrow("Cohort x@1 has no trace of 'answer' to replay (0 traces)")
  expect((await store.testRuns.list()).items).toEqual([])
})
