import { payload, span } from '@runtape/testing'
import { encodeValue } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { recordedAnswer, whyNoAnswer } from './recorded-answer.ts'

const thrown = (value: unknown) => ({ name: 'RangeError', message: 'too much', value: encodeValue(value) })

describe('whyNoAnswer', () => {
  test.each([
    [
      'had not ended, and is no promise',
      span({ status: 'unfinished', resultKind: 'value', output: undefined }),
      'had not ended',
    ],
    [
      'lacks what was redacted',
      span({ output: { json: '{"token":"[redacted]"}', redacted: ['$.token'] } }),
      'redacted values ($.token)',
    ],
    ['was too large to keep', span({ output: { json: 'null', truncated: 9_000_000 } }), '9000000 bytes'],
    [
      'was kept out',
      span({ output: { json: '"[redacted]"', redacted: ['$'] } }),
      'capture: { output: false }',
    ],
    [
      'values that could not be kept',
      span({ output: encodeValue({ run: () => 1, own: new (class Own {})() }) }),
      '($.own: an instance of Own)',
    ],
    [
      'has functions with more than a call',
      span({ output: encodeValue({ run: Object.assign(() => 1, { cache: new Map() }) }) }),
      '$.run: a function with own properties (cache)',
    ],
    [
      'has more lost places than are listed',
      span({ output: encodeValue(Array.from({ length: 101 }, () => () => 1)) }),
      '$[0]: a function',
    ],
  ])('a call whose output %s answers no call', (_what, recorded, why) => {
    expect(whyNoAnswer(recorded)).toContain(why)
  })

  test.each([
    ['an output', span()],
    ['an output with functions', span({ output: encodeValue({ run: () => 1, A: class {} }) })],
    ['an error', span({ status: 'error', output: undefined, error: thrown(new RangeError('too much')) })],
    [
      'an error of a class of its own',
      span({ status: 'error', error: thrown(new (class A extends Error {})()) }),
    ],
    ['a stream that was left early', span({ status: 'cancelled' })],
    ['a stream that nobody read', span({ status: 'abandoned' })],
  ])('a call that ended in %s answers', (_what, recorded) => {
    expect(whyNoAnswer(recorded)).toBeUndefined()
  })
})

describe('recordedAnswer', () => {
  test('has the output and its kind', () => {
    expect(
      recordedAnswer(span({ spanId: '00000000000000a1', resultKind: 'value', output: payload(1) })),
    ).toEqual({
      action: 'serve',
      sourceSpanId: '00000000000000a1',
      isRecorded: true,
      resultKind: 'value',
      complete: true,
      output: payload(1),
    })
  })

  test('an unfinished stream is not complete', () => {
    expect(recordedAnswer(span({ status: 'cancelled' }))).toMatchObject({ complete: false })
    expect(recordedAnswer(span({ status: 'abandoned' }))).toMatchObject({ complete: false })
  })

  test('an error that was too large to keep, or of an unknown class, is not an answer', () => {
    const large = { ...thrown(0), value: { json: 'null', truncated: 9_000_000 } }
    expect(whyNoAnswer(span({ status: 'error', output: undefined, error: large }))).toContain(
      'too large to keep',
    )
    const meta = [[[], 'error', { kept: 'Error', classes: ['Elsewhere'] }]] as const
    const elsewhere = { ...thrown(0), value: { json: '{"message":"gone"}', meta } }
    expect(whyNoAnswer(span({ status: 'error', output: undefined, error: elsewhere }))).toContain(
      'no class Elsewhere is loaded in this process',
    )
  })
})
