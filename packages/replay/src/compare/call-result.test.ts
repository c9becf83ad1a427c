import { payload, span } from '@runtape/testing'
import { encodeValue } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { type CallResult, compareResults, resultOf } from './call-result.ts'

const compared = (a: CallResult, b: CallResult) => compareResults(a, b).result
const failed = (error: unknown) => ({ error: encodeValue(error) })

describe('compareResults', () => {
  test('equal outputs are the same, whatever the order of their properties', () => {
    expect(compared({ output: payload({ a: 1, b: 2 }) }, { output: payload({ b: 2, a: 1 }) })).toBe('same')
    expect(compared({ output: payload(1) }, { output: payload('1') })).toBe('different')
  })

  test('equal errors are the same, whatever their stacks, and an error differs from an output', () => {
    expect(compared(failed(new TypeError('no')), failed(new TypeError('no')))).toBe('same')
    expect(compared(failed(new TypeError('no')), failed(new RangeError('no')))).toBe('different')
    expect(compared(failed(undefined), { output: encodeValue(undefined) })).toBe('different')
  })

  test('compares the chunks of a stream that ended with the same error', () => {
    const ended = (chunks: unknown[]) => ({ output: payload({ chunks }), ...failed(new Error('cut')) })
    expect(compared(ended([1, 2]), ended([1, 2]))).toBe('same')
    expect(compared(ended([1, 2]), ended([1, 3]))).toBe('different')
  })

  test('outputs that were too large to keep are unknown, unless their sizes differ', () => {
    const large = (truncated: number) => ({ output: { json: 'null', truncated } })
    expect(compared(large(5_000_000), large(5_000_000))).toBe('unknown')
    expect(compared(large(5_000_000), large(5_000_001))).toBe('different')
    expect(compared(large(5_000_000), { output: payload(null) })).toBe('different')
  })
})

describe('resultOf', () => {
  test('is empty for a call that left no span', () => {
    expect(resultOf(undefined)).toEqual({})
  })

  test('has the output and the thrown value', () => {
    const value = encodeValue(new Error('no'))
    const error = { name: 'Error', message: 'no', value }
    expect(resultOf(span({ output: payload(1) }))).toEqual({ output: payload(1), resultKind: 'promise' })
    expect(resultOf(span({ output: undefined, error, status: 'error' }))).toEqual({
      error: value,
      resultKind: 'promise',
    })
  })
})
