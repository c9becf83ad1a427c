import { encodeValue } from '@runtape/trace'
import { expect, test } from 'vitest'
import { newTape } from '../../test/tape.ts'
import { dryRun, dryRunOfStore } from './dry-run.ts'

/** Traces whose calls replays can answer, and some whose answers are not on the tape as they were. */
async function recorded() {
  const { store, recorder, tracer } = newTape()
  let runs = 0
  const login = tracer.traced('login', { mockOnReplay: true }, async () => ({ password: 'hunter2' }))
  const open = tracer.traced('open', { mockOnReplay: true }, () => new (class Socket {})())
  const plain = tracer.traced('plain', async () => login())
  const fn = tracer.traced('fn', async (n: number) => {
    runs++
    await plain()
    if (n > 1) open()
  })
  await fn(1)
  await fn(2)
  await recorder.flush()
  return { store, runs: () => runs }
}

test('says which calls of which traces are run or missed, by what rule and why, and runs nothing', async () => {
  const { store, runs } = await recorded()
  const before = JSON.stringify((await store.traces.list({ limit: 50 })).items)
  const { traces, times, items, keys, cost } = await dryRun('fn', { store })
  expect([traces, times]).toEqual([2, 1])
  expect(items.map(({ input }) => input)).toEqual([[2], [1]])
  expect(items[0]?.calls).toMatchObject([
    { key: 'plain', what: 'run', rule: 'mock marked: not declared mockOnReplay' },
    {
      key: 'login',
      what: 'missed',
      rule: 'mock marked: declared mockOnReplay',
      reason: expect.stringContaining('redacted'),
    },
    { key: 'open', what: 'missed', reason: expect.stringContaining('could not be kept') },
  ])
  expect(keys).toMatchObject([
    {
      key: 'login',
      calls: 2,
      missed: 2,
      served: 0,
      reasons: { 'the recorded output has redacted values': 2 },
    },
    { key: 'open', calls: 1, missed: 1 },
    { key: 'plain', calls: 2, run: 2, rules: { 'mock marked: not declared mockOnReplay': 2 } },
  ])
  expect(cost).toEqual({ nanoUsd: 0, calls: 0, tokens: null, unpriced: [] })
  expect(runs()).toBe(2)
  expect(JSON.stringify((await store.traces.list({ limit: 50 })).items)).toBe(before)
  expect((await store.testRuns.list()).items).toEqual([])
})

test('applies a mock function, and skips calls below one that does not run', async () => {
  const { store } = await recorded()
  const mock = ({ key }: { key: string }) => (key === 'plain' ? ('recorded' as const) : ('live' as const))
  const { keys } = await dryRun('fn', { store, mock })
  expect(keys).toMatchObject([
    { key: 'plain', calls: 2, missed: 2, rules: { 'mock function: recorded': 2 } },
    { key: 'open', run: 1 },
  ])
  const refused = await dryRun('fn', { store, mock: () => 'error' })
  // Both may have begun in the same millisecond, in which they have no order.
  expect(refused.items.find(({ calls }) => calls.length === 1)?.calls).toMatchObject([
    { key: 'plain', what: 'missed', reason: expect.stringContaining('policy') },
  ])
})

test('on-miss run and overrides are other rules; no override function is called', async () => {
  const { store } = await recorded()
  const override = () => {
    throw new Error('called')
  }
  const { keys } = await dryRun('fn', { store, onMiss: 'run', overrides: { open: override, plain: 1 } })
  expect(keys).toMatchObject([
    { key: 'plain', overridden: 2, rules: { 'an override': 2 } },
    { key: 'open', overridden: 1, rules: { 'an override function, unless it declines': 1 } },
  ])
  const ran = await dryRun('fn', { store, onMiss: 'run' })
  expect(ran.keys.find(({ key }) => key === 'login')).toMatchObject({
    run: 2,
    missed: 0,
    rules: { 'on-miss run': 2 },
  })
})

test('a trace whose input is not on the tape fails, and the others do not', async () => {
  const { store, recorder, tracer } = newTape()
  const fn = tracer.traced('fn', async (_key: unknown) => 1)
  await fn({ password: 'x' })
  await fn('fine')
  await recorder.flush()
  const { items, keys } = await dryRun('fn', { store })
  // Both may have begun in the same millisecond, in which they have no order.
  expect(items.map(({ error }) => error !== undefined).sort()).toEqual([false, true])
  expect(keys).toMatchObject([{ key: 'fn', missed: 1 }])
  const gone = await dryRun('fn', { store, traceIds: ['0'.repeat(32)] })
  expect(gone.items).toMatchObject([{ error: expect.stringContaining('is not in the store'), calls: [] }])
})

test('a shard of a started test run is predicted as it will be replayed', async () => {
  const { store } = await recorded()
  const [first, second] = (await dryRun('fn', { store })).items.map(item => item.sourceTraceId)
  await store.testRuns.start({ key: 'fn', sourceTraceIds: [first ?? '', second ?? ''], testRunId: 'ci-1' })
  const { items } = await dryRun('fn', { store, testRunId: 'ci-1', shard: '2/2', limit: 1 })
  expect(items.map(item => item.sourceTraceId)).toEqual([second])
  await expect(dryRun('fn', { store, limit: 0 })).rejects.toThrow('limit must be a whole number')
})

test('the cost is estimated from the recorded usage; what is unknown is not in it', async () => {
  const { store } = newTape()
  const span = (spanId: string, more: object) => ({
    kind: 'span' as const,
    traceId: 'a'.repeat(32),
    spanId: spanId.padStart(16, '0'),
    ...(spanId !== '1' && { parentSpanId: '1'.padStart(16, '0') }),
    seq: Number(spanId),
    key: 'fn',
    name: 'fn',
    type: 'function',
    startedAt: 1_700_000_000_000,
    durationMs: 1,
    input: encodeValue([]),
    output: encodeValue(1),
    status: 'ok' as const,
    resultKind: 'promise' as const,
    ...more,
  })
  const usage = { input: 1000, output: 0, total: 1000 }
  const ask = { key: 'ask', name: 'ask', type: 'model' }
  await store.append([
    span('1', {}),
    span('2', { ...ask, model: 'm', usage }),
    span('3', { ...ask, model: 'house', usage }),
    span('4', ask),
    span('5', { ...ask, model: 'm', usage, mockOnReplay: true }),
  ])
  const prices = {
    version: 'test',
    nanoUsd: (model: string, _provider: string, { total }: { total: number }) =>
      model === 'm' ? total : undefined,
  }
  const { cost, items, times } = await dryRun('fn', { store, prices, attempts: 3 })
  expect(times).toBe(3)
  expect(cost).toEqual({
    nanoUsd: 3000,
    calls: 9,
    tokens: { input: 6000, output: 0, total: 6000 },
    unpriced: [
      { key: 'ask', model: 'house', reason: 'its model has no price', calls: 3 },
      { key: 'ask', reason: 'its usage is unknown', calls: 3 },
    ],
  })
  expect(items[0]?.cost).toEqual(cost)
  expect((await dryRun('fn', { store, mock: 'all', prices })).cost.calls).toBe(0)
  expect((await dryRun('fn', { store })).cost).toMatchObject({
    nanoUsd: 0,
    unpriced: [{ reason: 'no prices were given' }, {}, {}],
  })
})

test('covers a whole store: the newest traces, and arguments that cannot be restored', async () => {
  const { store, recorder, tracer } = newTape()
  await tracer.traced('secret', async (_key: { password: string }) => 1)({ password: 'x' })
  await recorder.flush()
  const { traces, keys } = await dryRunOfStore(store, 'all', 10)
  expect(traces).toBe(1)
  expect(keys).toMatchObject([{ key: 'secret', missed: 1 }])
})
