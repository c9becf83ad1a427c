import { configureTracing, encodeValue } from '@runtape/trace'
import { defineSpan, startSpan } from '@runtape/trace/provider'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { evaluator, jsonDiff, putVerdict, replay, sameOutput, textSimilarity } from '../src/index.ts'
import { recording } from './recording.ts'
import { newTape } from './tape.ts'

function greeting() {
  const tape = newTape()
  let word = 'Hello'
  let count = 0
  const greet = tape.tracer.traced('greet', async (name: string, _times: number) => ({
    text: `${word} ${name}`,
    id: count++,
  }))
  return {
    ...tape,
    greet,
    say: (next: string) => {
      word = next
    },
  }
}

describe('evaluators', () => {
  test('know input and result of the function', async () => {
    const { greet, store, recorder } = greeting()
    await greet('Ada', 1)
    await recorder.flush()
    const { items } = await replay(greet, {
      store,
      evaluators: [
        evaluator('typed', ({ input: [name], result }) => {
          expectTypeOf(name).toEqualTypeOf<string>()
          expectTypeOf(result).toEqualTypeOf<{ text: string; id: number } | undefined>()
          return result?.text.includes(name) ?? false
        }),
        {
          name: 'literal',
          evaluate: ({ originalOutput, result }) => {
            expectTypeOf(originalOutput).toEqualTypeOf<{ text: string; id: number } | undefined>()
            return { score: Number(result?.text === originalOutput?.text) }
          },
        },
        textSimilarity({ textOf: ({ text }) => text }),
        jsonDiff({ ignore: ['id'] }),
        sameOutput(),
      ],
    })
    expect(items[0]?.scores).toMatchObject({
      typed: { score: 1, pass: true },
      literal: { score: 1 },
      'text-similarity': { score: 1, pass: true },
      'json-diff': { score: 1, pass: true },
      'same-output': { score: 0, pass: false },
    })
  })

  test('are summed up, with thresholds if given; a failing one does not pass', async () => {
    const { greet, say, store, recorder } = greeting()
    for (const name of ['Ada', 'Alan', 'Grace', 'Kurt']) await greet(name, 1)
    await recorder.flush()
    say('Hi')
    const long = evaluator<[string, number]>('long', ({ input: [name] }) => name.length / 5, {
      threshold: 0.9,
    })
    const moody = evaluator<[string, number]>('moody', ({ input: [name] }) => {
      if (name === 'Ada') throw new Error('not in the mood')
      return true
    })
    const options = { store, evaluators: [long, moody] }
    const { items, summary } = await replay(greet, { ...options, thresholds: { long: 0.7 } })
    expect(summary.scores.long).toMatchObject({
      count: 4,
      mean: 0.8,
      min: 0.6,
      max: 1,
      passed: 1,
      failed: 3,
      pass: true,
    })
    expect(summary.scores.long?.deviation).toBeCloseTo(0.1414)
    expect(summary.scores.moody).toMatchObject({ count: 3, passed: 3, failed: 0, errors: 1, pass: false })
    expect(items.find(({ input }) => input[0] === 'Ada')?.scoreErrors).toEqual({ moody: 'not in the mood' })
    // An item without a score does not pass.
    expect(summary.pass).toBe(false)
    const judged = { ...options, evaluators: [long], thresholds: { long: 0.7 } }
    expect((await replay(greet, judged)).summary.pass).toBe(true)
    expect((await replay(greet, options)).summary).toMatchObject({
      pass: false,
      scores: { long: { pass: false } },
    })
    await expect(replay(greet, { ...options, thresholds: { lnog: 1 } })).rejects.toThrow(/names 'lnog'/)
    await expect(replay(greet, { ...options, attempts: 0 })).rejects.toThrow(/attempts must be/)
  })
})

describe('attempts', () => {
  test("show the variance of one trace's results, and all are kept", async () => {
    const { store, recorder, tracer } = newTape()
    let roll = 0
    const dice = tracer.traced('dice', async () => roll++ % 4)
    await dice()
    await recorder.flush()
    const half = evaluator<[], number>('half', ({ result }) => (result ?? 0) / 4, { threshold: 0.5 })
    const { items, testRunId, summary } = await replay(dice, { store, attempts: 4, evaluators: [half] })
    const [item] = items
    expect(item?.attempts?.map(({ result, scores }) => [result, scores.half?.score])).toEqual([
      [1, 0.25],
      [2, 0.5],
      [3, 0.75],
      [0, 0],
    ])
    expect(item?.attempts?.map(({ same }) => same)).toEqual([false, false, false, true])
    expect(item).toMatchObject({ result: 1, same: false, scores: { half: { score: 0.375, pass: false } } })
    expect(item?.spread?.half).toMatchObject({ mean: 0.375, min: 0, max: 0.75, count: 4 })
    const kept = new Set((await store.traces.list({ testRunId })).items.map(({ traceId }) => traceId))
    expect(new Set(item?.attempts?.map(({ traceId }) => traceId))).toEqual(kept)
    expect(kept.size).toBe(4)
    expect(summary).toMatchObject({ total: 1, completed: 1, same: 0 })
  })
})

describe('deltas', () => {
  test('of tokens and cost include recorded values of answered calls; durations only without answered calls', async () => {
    const { store, recorder, tracer } = newTape()
    const modelSpan = (usage: number) => ({
      model: 'm',
      usage: { input: usage, output: 0, total: usage },
    })
    configureTracing({ sink: recorder })
    let tokens = 10
    const ask = async (name: string) => {
      const definition = defineSpan(name, { type: 'model', mockOnReplay: name === 'tool' })
      const span = startSpan(definition, () => encodeValue([]))
      if (span?.decision.action === 'serve') {
        span.end({ status: 'ok', resultKind: 'promise', output: encodeValue(1) })
        return
      }
      span?.setModel(modelSpan(tokens))
      span?.end({ status: 'ok', resultKind: 'promise', output: encodeValue(1) })
    }
    const fn = tracer.traced('fn', async () => {
      await ask('tool')
      await ask('live')
    })
    await fn()
    await recorder.flush()
    tokens = 25
    const prices = {
      version: 'test',
      nanoUsd: (_m: string, _p: string, usage: { total: number }) => usage.total * 3,
    }
    const marked = await replay(fn, { store, mock: 'marked', prices })
    expect(marked.items[0]).toMatchObject({
      delta: { durationMs: null, tokens: 15, costNanoUsd: 45 },
      cost: { recordedNanoUsd: 60, replayNanoUsd: 105 },
    })
    const live = await replay(fn, { store, prices: { ...prices, nanoUsd: () => undefined } })
    configureTracing(undefined)
    expect(live.items[0]?.delta).toMatchObject({
      tokens: 30,
      costNanoUsd: null,
      durationMs: expect.any(Number),
    })
  })
})

describe('the additional duration of an item', () => {
  test.each([
    ['marked', 'immediate', null],
    ['all', 'immediate', null],
    ['marked', 'recorded', expect.any(Number)],
    ['none', 'immediate', expect.any(Number)],
  ] as const)('is shown if its timers wait: mock %s, timing %s', async (mock, timing, durationMs) => {
    const { tracer, store, keep } = recording()
    const waits = tracer.traced('waits', () => new Promise(resolve => setTimeout(resolve, 30)))
    await waits()
    await keep()
    const { items } = await replay(waits, { store, mock, timing })
    expect(items[0]?.delta).toEqual({ durationMs, tokens: null, costNanoUsd: null })
  })
})

describe('verdicts', () => {
  test('are kept in the store and on the item', async () => {
    const { greet, store, recorder } = greeting()
    await greet('Ada', 1)
    await recorder.flush()
    const report = await replay(greet, { store })
    const [item] = report.items
    if (!item) throw new Error('nothing was replayed')
    const verdict = { pass: false, by: 'Grace', comment: 'too short' }
    const judged = await putVerdict(store, report, item, verdict)
    expect(judged.items[0]?.verdict).toEqual(verdict)
    expect((await store.testRuns.get(report.testRunId))?.verdicts).toMatchObject({
      [item.traceId ?? '']: verdict,
    })
    await expect(putVerdict(store, report, { ...item, traceId: null }, verdict)).rejects.toThrow(
      /is not kept/,
    )
  })
})
