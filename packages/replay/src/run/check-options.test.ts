import { memoryStore } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { sameOutput } from '../evaluators/evaluator.ts'
import type { ReplayOptions } from '../options.ts'
import { checkOptions } from './check-options.ts'

const store = memoryStore()
const check = (options: object) => () => checkOptions({ store, ...options } as ReplayOptions)

describe('checkOptions', () => {
  test.each([
    ['no store', { store: undefined }, /needs a store/],
    ['an unknown mock strategy', { mock: 'some' }, /Unknown mock strategy "some"/],
    ['an unknown onMiss', { onMiss: 'ignore' }, /Unknown onMiss "ignore"/],
    ['an empty list of traces', { traceIds: [] }, /traceIds is empty/],
    ['more than 100 traces', { traceIds: Array(101).fill('t') }, /names 101 traces; .* at most 100/],
    ['traceIds that is no list', { traceIds: 'abc' }, /must be a list/],
    ['traceIds with something else in it', { traceIds: ['a', 7] }, /each a string/],
    ['both limit and traceIds', { limit: 5, traceIds: ['a'] }, /limit and traceIds exclude each other/],
    ['both where and traceIds', { where: {}, traceIds: ['a'] }, /where and traceIds exclude each other/],
    ['a limit below 1', { limit: 0 }, /limit must be a whole number, 1 or more \(got 0\)/],
    ['half a trace', { limit: 1.5 }, /limit must be a whole number/],
    ['no concurrency', { maxConcurrency: 0 }, /maxConcurrency must be a whole number/],
    ['a misspelt condition', { where: { feedbck: 'negative' } }, /Unknown where.feedbck. Use feedback, /],
    ['an evaluator that is none', { evaluators: [() => 1] }, /needs a name and a function evaluate/],
    ['two evaluators of one name', { evaluators: [sameOutput(), sameOutput()] }, /named 'same-output'/],
  ])('refuses %s', (_what, options, message) => {
    expect(check(options)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(message) }),
    )
  })

  test.each([
    ['nothing but a store', {}],
    ['100 traces', { traceIds: Array(100).fill('t') }],
    ['all at once', { maxConcurrency: null }],
    ['each mock strategy', { mock: 'marked', onMiss: 'run' }],
    ['every condition', { where: { feedback: 'negative', since: '7d', tag: 'x' }, limit: 1 }],
  ])('accepts %s', (_what, options) => {
    expect(check(options)).not.toThrow()
  })
})
