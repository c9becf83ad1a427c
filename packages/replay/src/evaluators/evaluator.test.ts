import { payload } from '@runtape/testing'
import { encodeValue } from '@runtape/trace'
import { expect, test } from 'vitest'
import type { CallResult } from '../compare/call-result.ts'
import { sameOutput } from './evaluator.ts'

const judge = (replay: CallResult, recording: CallResult) =>
  sameOutput().evaluate({
    input: [],
    result: undefined,
    originalOutput: undefined,
    error: null,
    originalError: null,
    captured: { replay, recording },
  })

test('sameOutput passes an equal output and fails a different one', () => {
  expect(judge({ output: payload([1]) }, { output: payload([1]) })).toEqual({ score: 1, pass: true })
  expect(judge({ output: payload([1]) }, { output: payload([2]) })).toEqual({ score: 0, pass: false })
})

test('sameOutput passes the recorded error', () => {
  const error = { error: encodeValue(new Error('no such order')) }
  expect(judge(error, error)).toEqual({ score: 1, pass: true })
  expect(judge(error, { output: payload(1) })).toEqual({ score: 0, pass: false })
})

test('sameOutput does not score a value that was too large to keep, and says so', () => {
  const large = { output: { json: 'null', truncated: 9_000_000 } }
  expect(() => judge(large, large)).toThrow('too large to keep (9000000 bytes;')
})
