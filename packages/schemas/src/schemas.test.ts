import { type Metric, type MetricValue, type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { aiConfigSchema, describeIssues, parseRecord } from './index.ts'

const event: RunEvent = {
  kind: 'run-event',
  runId: 'r',
  metric: 'duration',
  value: 12.5,
  at: 1_700_000_000_000,
  configKey: 'support',
  variationKey: '',
  version: 1,
  modelName: '',
  providerName: '',
}

const usage = { input: 10, output: 5, total: 15, cachedInput: 4, cacheWrite: 1, reasoning: 2 }

const cost = { nanoUsd: 1250, priceList: 'genai-prices@0.1.8' }

const values: readonly [Metric, MetricValue][] = [
  ['duration', 0],
  ['time-to-first-token', 3],
  ['tokens', usage],
  ['tokens', { input: 1, output: 0, total: 1 }],
  ['outcome', { status: 'success' }],
  ['outcome', { status: 'error', error: { name: 'APIError', message: 'busy', status: 429 } }],
  ['feedback', { kind: 'negative', score: -1, comment: 'wrong' }],
  ['tool-call:1', { name: 'lookup' }],
  ['score:tone', { score: 0.5, reasoning: 'polite' }],
  ['call:0123', { status: 'cancelled', durationMs: 1, timeToFirstTokenMs: 1, usage, model: 'gpt-5' }],
]

const span: SpanRecord = {
  kind: 'span',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  seq: 0,
  key: 'orders.lookup',
  name: 'lookup',
  type: 'tool',
  startedAt: 1_700_000_000_000,
  durationMs: 2,
  input: { json: '[]' },
  resultKind: 'promise',
  status: 'ok',
}

const fullSpan: SpanRecord = {
  ...span,
  parentSpanId: 'c'.repeat(16),
  input: {
    json: '["2026-01-01",null]',
    meta: [
      [[0], 'Date'],
      [[1, 'a'], 'BigInt', 7],
    ],
    lossy: ['1.f'],
  },
  output: { json: 'null', truncated: 9_000_000, redacted: ['token'] },
  error: { name: 'Error', message: 'x', value: { json: '{}' } },
  status: 'error',
  usage,
  model: 'gpt-5',
  timeToFirstTokenMs: 1,
  runId: 'r',
  sessionId: 's',
  tags: ['beta'],
  metadata: { region: 'eu', depth: { of: ['anything', null] } },
  mockOnReplay: true,
  replay: { testRunId: 't', sourceTraceId: 'd'.repeat(32), sourceSpanId: 'e'.repeat(16), mocked: false },
}

/** The message with which a record is refused. */
function refusal(record: unknown): string {
  try {
    parseRecord(record)
  } catch (error) {
    if (RuntapeError.isInstance(error) && error.code === 'invalid-record') return error.message
    throw error
  }
  throw new Error('The record was accepted.')
}

describe('a record that the types allow is accepted unchanged', () => {
  test.each(values)('%s %j', (metric, value) => {
    expect(parseRecord({ ...event, metric, value })).toEqual({ ...event, metric, value })
  })

  test('a run event with everything', () => {
    const full: RunEvent = {
      ...event,
      context: { kind: 'user', key: 'u', plan: { name: 'pro' } },
      attributes: { region: 'eu', tries: 2, cached: false },
      traceId: 'a'.repeat(32),
      replay: { testRunId: 't', traceId: 'b'.repeat(32) },
    }
    expect(parseRecord(full)).toEqual(full)
  })

  test.each(['tokens', 'call:1'] as const)('%s with its cost and its scope', metric => {
    const value = metric === 'tokens' ? usage : ({ status: 'success', durationMs: 1, usage } as const)
    const priced: RunEvent = { ...event, metric, value, cost, scope: '00f067aa0ba902b7' }
    expect(parseRecord(priced)).toEqual(priced)
  })

  test('a span with the least and with all fields', () => {
    expect(parseRecord(span)).toEqual(span)
    expect(parseRecord(fullSpan)).toEqual(fullSpan)
  })

  test('after a trip through JSON', () => {
    expect(parseRecord(JSON.parse(JSON.stringify(fullSpan)))).toEqual(fullSpan)
  })
})

describe('problems are named by their path', () => {
  test.each([
    [{ ...event, runId: '' }, 'runId: '],
    [{ ...event, version: 1.5 }, 'version: expected int, received number'],
    [{ ...event, at: Number.NaN }, 'at: '],
    [{ ...event, context: { kind: 'user' } }, 'context.key: '],
    [{ ...event, attributes: { plan: {} } }, 'attributes.plan: '],
    [{ ...event, value: -1 }, 'value: '],
    [{ ...event, value: Number.POSITIVE_INFINITY }, 'value: '],
    [{ ...event, metric: 'tokens', value: { ...usage, input: -1 } }, 'value.input: '],
    [
      { ...event, metric: 'tokens', value: { input: 0, output: 0, total: 0 } },
      'value: all token counts are zero',
    ],
    [{ ...event, metric: 'tokens', value: usage, cost: { ...cost, nanoUsd: 0.5 } }, 'cost.nanoUsd: '],
    [{ ...event, metric: 'tokens', value: usage, cost: { ...cost, nanoUsd: 2 ** 53 } }, 'cost.nanoUsd: '],
    [{ ...event, metric: 'tokens', value: usage, cost: { ...cost, nanoUsd: -1 } }, 'cost.nanoUsd: '],
    [{ ...event, metric: 'tokens', value: usage, cost: { nanoUsd: 1 } }, 'cost.priceList: '],
    [{ ...event, cost }, 'cost: only tokens and calls have a cost'],
    [{ ...event, metric: 'tokens', value: usage, scope: '' }, 'scope: '],
    [{ ...event, metric: 'outcome', value: { status: 'ok' } }, 'value.status: '],
    [{ ...event, metric: 'score:tone', value: { score: 'good' } }, 'value.score: '],
    [{ ...event, metric: 'call:1', value: { status: 'success', durationMs: -1 } }, 'value.durationMs: '],
    [{ ...event, replay: { testRunId: 't', traceId: '' } }, 'replay.traceId: '],
    [{ ...event, metric: 'cost' }, 'metric: metric must be one of the slots of a run'],
    [{ ...event, metric: 'constructor:x' }, 'metric: metric must be one of the slots of a run'],
    [{ ...event, metric: 7 }, 'metric: metric must be one of the slots of a run'],
    [{ ...span, traceId: 'A'.repeat(32) }, 'traceId: '],
    [{ ...span, spanId: 'b' }, 'spanId: '],
    [{ ...span, seq: -1 }, 'seq: '],
    [{ ...span, input: { json: {} } }, 'input.json: '],
    [{ ...span, input: { json: '', meta: [['a']] } }, 'input.meta.0: '],
    [{ ...span, status: 'done' }, 'status: '],
    [{ ...span, replay: { testRunId: 't' } }, 'replay.sourceTraceId: '],
    [{ kind: 'metric' }, 'kind: '],
    [{}, 'kind: '],
    [null, 'the value: '],
    ['{}', 'the value: '],
  ])('%#: %s', (record, problem) => {
    expect(refusal(record)).toContain(`Not a run event or a span: ${problem}`)
  })

  test('every problem, not only the first', () => {
    expect(refusal({ ...event, at: 'now', version: '1' })).toMatch(/at: .*; version: /)
  })
})

test('a key that would change a prototype is dropped', () => {
  const hostile = JSON.stringify({ ...event, context: { kind: 'user', key: 'u' } }).replace(
    '"key":"u"',
    '"key":"u","__proto__":{"admin":true}',
  )
  const { context } = parseRecord(JSON.parse(hostile)) as RunEvent
  expect(Object.getPrototypeOf(context)).toBe(Object.prototype)
  expect(context?.admin).toBeUndefined()
})

describe('an AI config', () => {
  test('with all fields is accepted', () => {
    const config = {
      enabled: true,
      model: { name: 'gpt-5', parameters: { temperature: 0 }, custom: { team: 'x' } },
      provider: { name: 'openai' },
      messages: [{ role: 'system', content: 'Be brief.' }],
      instructions: 'Help.',
      tools: [{ name: 'lookup', parameters: { type: 'object' } }],
    }
    expect(aiConfigSchema.parse(config)).toEqual(config)
    expect(aiConfigSchema.parse({})).toEqual({})
  })

  test('is refused with the path of every problem', () => {
    const bad = { model: {}, messages: [{ role: 'robot', content: 'x' }, { role: 'user' }], tools: [{}] }
    const result = aiConfigSchema.safeParse(bad)
    const paths = describeIssues(result.error as NonNullable<typeof result.error>)
      .split('; ')
      .map(issue => issue.split(':')[0])
    expect(paths).toEqual(['model.name', 'messages.0.role', 'messages.1.content', 'tools.0.name'])
  })
})
