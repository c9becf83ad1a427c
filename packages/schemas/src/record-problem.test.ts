import type { SpanRecord } from '@runtape/core'
import { knownFields, recordName, recordProblem } from '@runtape/core/store-helpers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runEventSchema, spanRecordSchema, tapeRecordSchema } from './index.ts'

const usage = { input: 10, output: 5, total: 15, cachedInput: 4 }
const error = { name: 'E', message: 'm', status: 500 }
const event = {
  kind: 'run-event',
  runId: 'r',
  at: 1,
  configKey: 'c',
  variationKey: '',
  version: 1,
  modelName: '',
  providerName: '',
  context: { kind: 'user', key: 'ann', plan: 'pro' },
  attributes: { region: 'eu', beta: true, weight: 0.5 },
  traceId: 'a'.repeat(32),
  replay: { testRunId: 't', traceId: 'b'.repeat(32) },
}
const scope = 's'
const cost = { nanoUsd: 5, priceList: 'p@1' }
const payload = { json: '[]', meta: [[[0, 'a'], 'Date', 1]], lossy: ['$'], truncated: 5, redacted: ['$.a'] }
const kinds: readonly object[] = [
  { ...event, metric: 'duration', value: 5 },
  { ...event, metric: 'tokens', value: usage, cost, scope },
  { ...event, metric: 'outcome', value: { status: 'error', error } },
  { ...event, metric: 'feedback', value: { kind: 'positive', score: 1, comment: '' } },
  { ...event, metric: 'tool-call:1', value: { name: 'lookup' } },
  { ...event, metric: 'score:tone', value: { score: 1, reasoning: '' } },
  {
    ...event,
    metric: 'call:1',
    value: { status: 'success', durationMs: 1, timeToFirstTokenMs: 1, usage, model: 'm', error },
    cost,
  },
  {
    kind: 'span',
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: 'c'.repeat(16),
    seq: 0,
    key: 'k',
    name: 'n',
    type: 't',
    startedAt: 1,
    durationMs: 1,
    startOrder: 1,
    endOrder: 2,
    input: payload,
    output: payload,
    resultKind: 'value',
    error: { name: 'E', message: '', value: payload },
    status: 'ok',
    usage,
    model: 'm',
    timeToFirstTokenMs: 1,
    runId: 'r',
    sessionId: 's',
    tags: ['a'],
    metadata: { a: [1] },
    mockOnReplay: true,
    replay: { testRunId: 't', sourceTraceId: 's', sourceSpanId: 'p', mocked: false },
  },
]

const usual = (record: object): object => {
  const { attributes: _, replay: _replay, ...others } = record as typeof event
  const { error: _error, ...value } = Object((record as { value?: object }).value) as { error?: unknown }
  return 'value' in others && typeof others.value === 'object' ? { ...others, value } : others
}
const usualSpan = (record: object): object => {
  const {
    error: _,
    tags: _tags,
    metadata: _metadata,
    mockOnReplay: _mock,
    replay: _replay,
    ...others
  } = record as SpanRecord
  return { ...others, input: { json: '[]' }, output: { json: '1' } }
}
// Those without what few have are checked another way.
const records = [...kinds, ...kinds.slice(0, -1).map(usual), ...kinds.slice(-1).map(usualSpan)]

/** Every path in a record. */
const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])])
    : []

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    'x',
    0,
    -1,
    -0.5,
    2 ** 60,
    Number.NaN,
    Infinity,
    true,
    [],
    {},
    [1],
    'token',
  ),
  fc.constantFrom<unknown>('duration', 'call:', 'score', 'constructor', '__proto__', { kind: 'user' }, 5n),
  fc.jsonValue(),
)

function withChange(record: object, path: readonly string[], value: unknown, isRemoved: boolean): object {
  const copy = structuredClone(record) as Record<string, unknown>
  const last = path.at(-1) ?? ''
  const holder = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, copy)
  if (isRemoved && !Array.isArray(holder)) delete holder[last]
  else holder[last] = value
  return copy
}

describe('recordProblem', () => {
  test('accepts every kind of record', () => {
    for (const record of records) expect(recordProblem(record)).toBeUndefined()
  })

  test('refuses exactly what the schemas refuse', () => {
    const cases = fc
      .constantFrom(...records)
      .chain(record => fc.tuple(fc.constant(record), fc.constantFrom(...pathsOf(record)), junk, fc.boolean()))
    fc.assert(
      fc.property(cases, ([record, path, value, isRemoved]) => {
        const changed = withChange(record, path, value, isRemoved)
        expect(recordProblem(changed) === undefined).toBe(tapeRecordSchema.safeParse(changed).success)
      }),
      { numRuns: 4000 },
    )
  })

  test('knows every field of the schemas', () => {
    for (const { shape } of [runEventSchema, spanRecordSchema]) {
      const record = Object.fromEntries(Object.keys(shape).map(name => [name, 1]))
      const kind = 'metric' in shape ? 'run-event' : 'span'
      expect(knownFields({ ...record, kind, other: 1 } as never)).toEqual({ ...record, kind })
    }
  })

  test('treats an undefined field as missing', () => {
    expect(recordProblem({ ...records[0], context: undefined, cost: undefined })).toBeUndefined()
    expect(recordProblem({ ...records[7], output: undefined })).toBeUndefined()
    expect(recordProblem({ ...records[7], input: undefined })).toBe(
      'input must be an object of plain data (got undefined)',
    )
  })

  test('names the field and the value found', () => {
    const tokens = { ...records[1], value: { ...usage, input: -5 } }
    expect(recordProblem(tokens)).toBe('value: input must be a whole number of tokens, 0 or more (got -5)')
    expect(recordProblem({ ...records[0], runId: 5 })).toBe('runId must be a non-empty string (got 5)')
    expect(recordProblem({ ...records[0], metric: 'token' })).toBe(
      'metric must be one of the slots of a run (got "token")',
    )
  })

  test('never throws: no record, a getter or a proxy that throws, a revoked proxy', () => {
    const fail = () => {
      throw new Error('read')
    }
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const odd = [
      undefined,
      null,
      'text',
      5n,
      Symbol('s'),
      fail,
      [],
      Object.defineProperty({}, 'kind', { get: fail }),
      Object.defineProperty({ ...records[7] }, 'input', { get: fail }),
      new Proxy({}, { get: fail }),
      revoked.proxy,
      { ...records[0], value: Object.create(null) },
      { ...records[1], value: { input: Object.create(null) } },
      { ...records[7], metadata: new Date() },
    ]
    for (const record of odd) {
      expect(recordProblem(record)).toEqual(expect.any(String))
      expect(recordName(record)).toEqual(expect.any(String))
    }
  })
})
