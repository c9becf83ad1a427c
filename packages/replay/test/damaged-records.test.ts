import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replay } from '../src/index.ts'
import { newTape, storeWith } from './tape.ts'

/** Values that a damaged store, or one of another version, may return in any field. */
const junk = fc.constantFrom<unknown>(
  ...[null, undefined, 0, -1, 0.5, 1e300, '', 'x', 'error', 'unfinished', 'web-stream', true, [], {}],
  ...[
    { json: '{' },
    { json: 'null' },
    { json: 5 },
    { json: '1', meta: [1, 2] },
    { json: '{}', meta: [[[], 'map']] },
  ],
  ...[
    { json: '[1]', meta: [[['z'], 'ref', ['q']]] },
    { json: 'null', truncated: 1 },
    { json: 'null', deferred: 5 },
  ],
)

interface Damage {
  changes: { at: number; field: string; value: unknown }[]
  order: 'as recorded' | 'reversed' | 'twice' | 'not all'
  mock: 'all' | 'none' | 'marked'
}

async function recorded() {
  const tape = newTape()
  const { traced } = tape.tracer
  const mocked = { mockOnReplay: true }
  const get = traced('get', mocked, async (id: number) => ({ id, at: new Date(id), in: new Map([[1, 2]]) }))
  const list = traced('list', mocked, async function* (count: number) {
    for (let at = 0; at < count; at++) yield { at }
  })
  const fail = traced('fail', mocked, async () =>
    Promise.reject(new RangeError('no', { cause: { code: 1 } })),
  )
  const part = traced('part', async (id: number) => {
    const all: unknown[] = [await get(id)]
    for await (const each of list(2)) all.push(each)
    return [...all, await fail().catch(String)].length
  })
  const fn = traced('fn', { deterministic: true }, async (id: number) => {
    const ended = await Promise.allSettled([part(id), part(id + 1)])
    return [...ended.map(({ status }) => status), Math.random()]
  })
  await fn(1)
  await tape.recorder.flush()
  const { traceId = '' } = (await tape.store.traces.list()).items[0] ?? {}
  const trace = (await tape.store.traces.get(traceId)) ?? expect.fail()
  return { ...tape, fn, trace }
}

test('arbitrary damage of records leads to an item with an explanation, under any mock strategy', async () => {
  const { store, fn, trace, logger } = await recorded()
  const fields = [
    'spanId',
    'parentSpanId',
    'input',
    'output',
    'error',
    'status',
    'resultKind',
    'startOrder',
    'endOrder',
  ]
  const others = Object.keys(trace.root).filter(field => !fields.includes(field))
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...fields) },
    fc.constantFrom(...others, 'usage', 'tags'),
  )
  const change = fc.record({
    at: fc.nat(trace.spans.length - 1),
    field,
    value: junk,
  })
  const options = fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    order: fc.constantFrom('as recorded', 'reversed', 'twice', 'not all'),
    mock: fc.constantFrom('all' as const, 'none' as const, 'marked' as const),
  })
  // Regressions found by this test.
  const found = (
    [
      ['status', 'unfinished'],
      ['durationMs', { json: '1' }],
      ['durationMs', 1e300],
      ['startedAt', 1e300],
      ['output', { json: 5 }],
    ] as const
  ).map(([field, value]): [Damage] => [
    { changes: [{ at: 2, field, value }], order: 'as recorded', mock: 'marked' },
  ])
  await fc.assert(
    fc.asyncProperty(options, async ({ changes, order, mock }) => {
      const spans = trace.spans.map(span => ({ ...span }))
      for (const { at, field, value } of changes) Object.assign(spans[at] ?? {}, { [field]: value })
      if (order === 'reversed') spans.reverse()
      if (order === 'twice') spans.push(...spans)
      if (order === 'not all') spans.splice(2, 1)
      const root = spans.find(({ spanId }) => spanId === trace.root.spanId) ?? trace.root
      const get = async () => ({ ...trace, root, spans })
      const damaged = storeWith(store, { traces: { get } })
      const prices = { name: 'all', version: '1', nanoUsd: () => 1 }
      const traceIds = [trace.traceId]
      const { items } = await replay(fn, {
        store: damaged,
        traceIds,
        mock,
        logger,
        prices,
        itemTimeoutMs: 3000,
      })
      expect(items).toHaveLength(1)
      expect(items[0]?.error).not.toBe('')
      // A raw TypeError message does not explain the record.
      expect(items[0]?.error ?? '').not.toMatch(/^Cannot |^\S+ is not |had not ended/)
    }),
    { numRuns: 120, examples: found },
  )
}, 60_000)
