import type { SpanRecord } from '@runtape/core'
import { payload, span } from '@runtape/testing'
import { encodeValue } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { chunksToRead, recordedArguments, recordedFacts } from './recorded-trace.ts'

const traceOf = (root: SpanRecord, ...children: SpanRecord[]) => ({
  traceId: root.traceId,
  root,
  spans: [root, ...children],
})
const withInput = (input: unknown) => traceOf({ ...span(), input: input as SpanRecord['input'] })

describe('recordedArguments', () => {
  test('are new objects at each call', () => {
    const trace = withInput(encodeValue([{ at: new Date(7) }]))
    expect(recordedArguments(trace)).toEqual([{ at: new Date(7) }])
    expect(recordedArguments(trace)[0]).not.toBe(recordedArguments(trace)[0])
  })

  test.each([
    ['was too large', { json: 'null', truncated: 5_000_000 }, /too large to keep \(5000000 bytes\). Raise/],
    [
      'held a unique symbol',
      encodeValue([Symbol('own')]),
      /could not be kept \(\$\[0\]: a unique symbol\). Pass plain data/,
    ],
    [
      'held many unique symbols',
      encodeValue(new Array(9).fill(0).map(() => Symbol('own'))),
      /\(\$\[0\]: a unique symbol, .* and 6 more\)/,
    ],
    ['held a secret', encodeValue([{ password: 'x' }]), /\$\[0\].password was redacted. Read secrets inside/],
    ['was kept out', { json: '"[redacted]"', redacted: ['$'] }, /not kept, by capture: \{ input: false \}/],
    [
      'needs a codec',
      { json: '[1]', meta: [[[0], 'codec', 'euro']] } as const,
      /unchanged: A captured value needs the codec 'euro', which is not registered. Call registerCodec/,
    ],
    ['is no JSON', { json: '[1,' }, /cannot be read \(.*\). Record the call again/],
    ['is no list', payload({ a: 1 }), /is not a list of arguments/],
    ['is not there', undefined, /the root has none/],
  ])('are refused if the input %s', (_what, input, message) => {
    expect(() => recordedArguments(withInput(input))).toThrow(
      expect.objectContaining({ code: 'not-replayable', message: expect.stringMatching(message) }),
    )
  })
})

test('are created with functions, and only called functions fail', () => {
  const [options] = recordedArguments(withInput(encodeValue([{ id: 1, onEvent: () => 1 }]))) as [
    { id: number; onEvent: () => void },
  ]
  expect(options.id).toBe(1)
  expect(options.onEvent).toThrow(/The tape has only the name of the function .*onEvent at \$\[0\]\.onEvent/)
})

describe('recordedFacts', () => {
  test('sum the usage, and name the first model', () => {
    const usage = { input: 10, output: 5, total: 15 }
    const calls = ['big', 'small'].map(model => span({ parentSpanId: 'a'.repeat(16), model, usage }))
    const root = span({ output: payload('hello'), durationMs: 12 })
    expect(recordedFacts(traceOf(root, ...calls))).toEqual({
      originalOutput: 'hello',
      originalError: null,
      durationMs: 12,
      tokens: { input: 20, output: 10, total: 30 },
      model: 'big',
    })
  })

  test('have no tokens and no model if no model was called', () => {
    expect(recordedFacts(traceOf(span()))).toMatchObject({ tokens: null, model: null })
  })

  test.each([
    ['too large', { json: 'null', truncated: 5_000_000 }],
    ['unreadable', { json: '{' }],
    ['missing', undefined],
  ])('exist although the output is %s', (_what, output) => {
    expect(recordedFacts(traceOf(span({ output, durationMs: 3 })))).toMatchObject({
      originalOutput: undefined,
      durationMs: 3,
    })
  })
})

describe('chunksToRead', () => {
  test('is unlimited unless the recorded consumer stopped early', () => {
    const output = payload({ chunks: [1, 2], returned: null })
    expect(chunksToRead(traceOf(span({ output })))).toBe(Number.POSITIVE_INFINITY)
    expect(chunksToRead(traceOf(span({ output, status: 'cancelled' })))).toBe(2)
    expect(chunksToRead(traceOf(span({ output, status: 'abandoned' })))).toBe(2)
  })

  test('is refused if the chunks are not on the tape: the stream may be endless', () => {
    const output = { json: 'null', truncated: 5_000_000 }
    expect(() => chunksToRead(traceOf(span({ output, status: 'cancelled' })))).toThrow(/left early/)
  })
})
