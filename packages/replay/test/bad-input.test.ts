import type { SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import { sameOutput } from '../src/evaluators/evaluator.ts'
import { evaluator } from '../src/evaluators/own-evaluator.ts'
import { replay } from '../src/run/replay.ts'
import { newTape, storeWith, type Tape } from './tape.ts'

const never = () => new Promise<never>(() => {})

async function recorded(): Promise<Tape & { fn: (id: number) => Promise<number>; ids: string[] }> {
  const tape = newTape()
  const child = tape.tracer.traced('child', { mockOnReplay: true }, async (id: number) => id * 2)
  const fn = tape.tracer.traced('fn', async (id: number) => child(id))
  for (const id of [1, 2, 3]) await fn(id)
  await tape.recorder.flush()
  const ids = (await tape.store.traces.list()).items.map(({ traceId }) => traceId).reverse()
  return { ...tape, fn, ids }
}

type Change = (span: SpanRecord) => SpanRecord | undefined

/** The store with one changed trace. */
function changedTrace({ store }: Tape, id: string | undefined, change: Change): Tape['store'] {
  const get = async (traceId: string): Promise<Trace | undefined> => {
    const trace = await store.traces.get(traceId)
    if (!trace || traceId !== id) return trace
    const spans = trace.spans.map(change).filter(span => span !== undefined)
    return { ...trace, root: spans.find(({ key }) => key === 'fn') ?? trace.root, spans }
  }
  return storeWith(store, { traces: { get } })
}

describe('a bad trace reports the problem and the next step, and the others are replayed', () => {
  const root = (change: (span: SpanRecord) => SpanRecord): Change => {
    return span => (span.key === 'fn' ? change(span) : span)
  }
  const child = (change: (span: SpanRecord) => SpanRecord | undefined): Change => {
    return span => (span.key === 'child' ? change(span) : span)
  }
  const cases: [string, Change, RegExp][] = [
    [
      'lossy input',
      root(span => ({ ...span, input: { json: '[null]', lossy: ['$[0]: a socket'] } })),
      /could not be kept \(\$\[0\]: a socket\). Pass plain data/,
    ],
    [
      'truncated input',
      root(span => ({ ...span, input: { json: 'null', truncated: 5_000_000 } })),
      /too large to keep \(5000000 bytes\). Raise maxPayloadBytes and record again/,
    ],
    [
      'redacted input',
      root(span => ({ ...span, input: { json: '["…"]', redacted: ['$[0].token'] } })),
      /\$\[0\].token was redacted. Read secrets inside the function/,
    ],
    [
      'a missing child',
      child(() => undefined),
      /Nothing on the tape answers this call of 'child'.*no such call is left on the tape.*onMiss: 'run'/,
    ],
    [
      'a child whose answer was too large',
      child(span => ({ ...span, output: { json: 'null', truncated: 9 } })),
      /the recorded output was too large to keep \(9 bytes; see maxPayloadBytes\)/,
    ],
    [
      'a child whose answer is damaged',
      child(span => ({ ...span, output: { json: '{oops' } })),
      /The recorded output cannot be read \(.*JSON.*\)/,
    ],
    [
      'a child with an answer of another version',
      child(span => ({ ...span, output: { json: '[1]', meta: [[[], 'quaternion']] } })),
      /of kind 'quaternion', which this version of @runtape\/trace does not know/,
    ],
    [
      'a child with invalid chunks',
      child(span => ({ ...span, resultKind: 'promise-of-async-generator' })),
      /The recorded output is not a stream's result/,
    ],
    [
      'a child whose error has no value',
      child(({ output: _, ...span }) => ({
        ...span,
        status: 'error',
        error: { name: 'E', message: 'sold out' } as never,
      })),
      /the error of the recorded call is not on the tape/,
    ],
    [
      'a kind of result of another version',
      child(span => ({ ...span, resultKind: 'signal' as never })),
      /the result kind of the recorded call is unknown to this version \(signal\): update @runtape\/replay/,
    ],
    ['a record without an input', root(({ input: _, ...span }) => span as never), /Record the call again/],
  ]

  test.each(cases)('%s', async (_, change, message) => {
    const tape = await recorded()
    const store = changedTrace(tape, tape.ids[1], change)
    const { items, summary } = await replay(tape.fn, { store, traceIds: tape.ids, mock: 'marked' })
    expect(items.map(({ error }) => error === null)).toEqual([true, false, true])
    expect(items[1]?.error).toMatch(message)
    expect(summary).toMatchObject({ completed: 2, failed: 1, pass: false })
  })

  test('cyclic parents', async () => {
    const tape = await recorded()
    const store = changedTrace(tape, tape.ids[1], span => {
      return span.key === 'child' ? { ...span, parentSpanId: span.spanId } : span
    })
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, mock: 'marked' })
    expect(items.map(({ error }) => error?.slice(0, 44) ?? null)).toEqual([
      null,
      "Nothing on the tape answers this call of 'ch",
      null,
    ])
  })

  test.each([
    ['null', [null]],
    ['something else', [{ id: 1 }]],
    ['nothing', undefined],
  ])('%s instead of spans', async (_, others) => {
    const tape = await recorded()
    const get = async (id: string) => {
      const trace = await tape.store.traces.get(id)
      if (!trace || id !== tape.ids[1]) return trace
      return { ...trace, spans: others && [...trace.spans, ...others] } as never
    }
    const store = storeWith(tape.store, { traces: { get } })
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, mock: 'marked' })
    expect(items.map(({ error }) => error)).toEqual([
      null,
      expect.stringMatching(/^The store returned trace [0-9a-f]{32} without valid spans. Make sure that/),
      null,
    ])
  })

  test("a damaged recorded output does not affect the item's result", async () => {
    const tape = await recorded()
    const store = changedTrace(
      tape,
      tape.ids[1],
      root(span => ({ ...span, output: { json: '{oops' } })),
    )
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, evaluators: [sameOutput()] })
    expect(items[1]).toMatchObject({
      originalOutput: undefined,
      error: null,
      outcome: 'unknown',
      same: false,
    })
    expect(items[1]?.result).toEqual(expect.any(Number))
    expect(items[1]?.scoreErrors?.['same-output']).toMatch(/damaged/)
  })

  test('nulls instead of absent values', async () => {
    const tape = await recorded()
    const nulls = { output: null, error: null, usage: null, replay: null, startOrder: null } as never
    const store = changedTrace(
      tape,
      tape.ids[1],
      root(span => ({ ...span, ...(nulls as object) })),
    )
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, mock: 'marked' })
    expect(items.map(({ error, same }) => [error, same])).toEqual([
      [null, true],
      [null, false],
      [null, true],
    ])
  })

  test('a root that is its own parent', async () => {
    const tape = await recorded()
    const store = changedTrace(
      tape,
      tape.ids[1],
      root(span => ({ ...span, parentSpanId: span.spanId })),
    )
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, mock: 'marked' })
    expect(items[1]).toMatchObject({ same: true, diff: { added: [], removed: [], reordered: [] } })
  })

  test('orders that no program can have produced', async () => {
    const tape = await recorded()
    for (const orders of [
      { startOrder: 2 ** 52, endOrder: 2 ** 53 },
      { startOrder: 9, endOrder: 1 },
      { startOrder: 0, endOrder: 0 },
      { startOrder: -1, endOrder: -2 },
      { startOrder: 0.5, endOrder: Number.NaN },
      { startOrder: null as never, endOrder: '3' as never },
    ]) {
      const store = changedTrace(tape, tape.ids[1], span => ({ ...span, ...orders }))
      const { summary } = await replay(tape.fn, { store, traceIds: tape.ids, mock: 'marked' })
      expect(summary).toMatchObject({ same: 3, served: 3 })
    }
  })
})

describe('a store', () => {
  test('that answers late or never fails only the waiting items, with a time limit', async () => {
    const tape = await recorded()
    const get = (id: string) => (id === tape.ids[0] ? never() : tape.store.traces.get(id))
    const store = storeWith(tape.store, { traces: { get } })
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, itemTimeoutMs: 30 })
    expect(items.map(({ error }) => error)).toEqual([
      expect.stringMatching(/^The replay of trace \w+ had not ended after 30 ms/),
      null,
      null,
    ])
  })

  test('that fails in the middle fails only those items', async () => {
    const tape = await recorded()
    let asked = 0
    const get = async (id: string) => {
      if (++asked === 2) throw new Error('connection lost')
      return tape.store.traces.get(id)
    }
    const store = storeWith(tape.store, { traces: { get } })
    const { items } = await replay(tape.fn, { store, traceIds: tape.ids, maxConcurrency: 1 })
    expect(items.map(({ error }) => error)).toEqual([null, 'connection lost', null])
  })
})

describe('an evaluator', () => {
  test('that never answers loses its score, with a time limit', async () => {
    const tape = await recorded()
    const evaluators = [evaluator('stuck', never), evaluator('quick', () => 1)]
    const { store, logger } = tape
    const { items } = await replay(tape.fn, {
      store,
      logger,
      traceIds: tape.ids.slice(0, 1),
      itemTimeoutMs: 30,
      evaluators,
    })
    expect(items[0]).toMatchObject({
      error: null,
      scores: {},
      scoreErrors: { stuck: expect.stringMatching(/30 ms/) },
    })
  })
})

describe('a function whose signature changed', () => {
  test('fails where it would, and adaptInputs fixes this', async () => {
    const tape = await recorded()
    const changed = tape.tracer.traced('fn', async ({ id }: { id: number }) => id.toFixed())
    const { items } = await replay(changed, { store: tape.store, traceIds: tape.ids.slice(0, 1) })
    expect(items[0]?.error).toMatch(/undefined/)
    const adaptInputs = ([id]: readonly unknown[]) => [{ id: id as number }]
    const adapted = await replay(changed, { store: tape.store, traceIds: tape.ids.slice(0, 1), adaptInputs })
    expect(adapted.items[0]).toMatchObject({ result: String(adapted.items[0]?.input[0]), error: null })
  })
})
