import type { ReplayItem } from '@runtape/replay'
import { describe, expect, test } from 'vitest'
import './expect.ts'
import { withoutPaths } from './without-paths.ts'

const itemOf = (fields: Partial<ReplayItem>): ReplayItem => ({
  sourceTraceId: 'abc',
  input: [],
  result: undefined,
  originalOutput: undefined,
  error: null,
  originalError: null,
  same: false,
  durationMs: 1,
  tokens: null,
  model: null,
  traceId: null,
  replay: { durationMs: 1, tokens: null },
  scores: {},
  mocks: { served: [], drifted: [], missed: [], unused: [], overridden: [] },
  ...fields,
})

const failureOf = (assertion: () => unknown): Error & { actual?: unknown; expected?: unknown } => {
  try {
    assertion()
  } catch (error) {
    return error as Error
  }
  throw new Error('it passed')
}

describe('toMatchRecording', () => {
  const at = new Date(0)

  test('an equal output matches, whatever the order of its properties', () => {
    expect(
      itemOf({ result: { a: 1, at, s: new Set([1]) }, originalOutput: { s: new Set([1]), at, a: 1 } }),
    ).toMatchRecording()
  })

  test('another output does not, and both are handed on for a diff', () => {
    const item = itemOf({ result: { a: 1, at }, originalOutput: { a: 2, at } })
    const failure = failureOf(() => expect(item).toMatchRecording())
    expect(failure).toMatchObject({ actual: { a: 1, at }, expected: { a: 2, at } })
    expect(failure.message).toContain('trace abc gave something else than was recorded')
    expect(item).not.toMatchRecording()
  })

  test('a date is no text', () => {
    expect(itemOf({ result: at, originalOutput: at.toISOString() })).not.toMatchRecording()
  })

  test('an equal error matches, another one or none does not', () => {
    expect(itemOf({ error: 'no', originalError: 'no' })).toMatchRecording()
    expect(itemOf({ error: 'no', originalError: 'never' })).not.toMatchRecording()
    expect(itemOf({ originalError: 'no' })).not.toMatchRecording()
    const failure = failureOf(() => expect(itemOf({ error: 'no', originalOutput: 1 })).toMatchRecording())
    expect(failure.message).toContain('with "no", recorded: with an output')
  })

  test('what is to be ignored is left out of the comparison and of the diff', () => {
    const result = {
      token: 'x',
      lines: [
        { id: 1, at, text: 'a' },
        { id: 2, at, text: 'b' },
      ],
    }
    const originalOutput = {
      token: 'y',
      lines: [
        { id: 3, at: null, text: 'a' },
        { id: 4, at: null, text: 'b' },
      ],
    }
    const ignore = ['$.token', '$.lines[*].id', '$.lines[*].at']
    expect(itemOf({ result, originalOutput })).toMatchRecording({ ignore })
    const changed = { ...originalOutput, lines: originalOutput.lines.slice(1) }
    const failure = failureOf(() =>
      expect(itemOf({ result, originalOutput: changed })).toMatchRecording({ ignore }),
    )
    expect(failure).toMatchObject({ expected: { lines: [{ text: 'b' }] } })
    expect(failure.expected).not.toHaveProperty('token')
  })

  test.each(['token', '$', '$..token', '$[x]', '$.a[', ''])('the path %j is refused', path => {
    expect(() => withoutPaths({ json: '{}' }, [path])).toThrow('ignore knows paths such as $.token')
  })

  test('items of a list keep their places', () => {
    expect(withoutPaths({ json: '[1,2,3]' }, ['$[1]']).json).toBe('[1,null,3]')
  })
})

describe('toHaveServedAllMocks', () => {
  const call = { key: 'orders.lookup', name: 'orders.lookup' }
  const mocks = { served: [call], drifted: [], missed: [], unused: [], overridden: [] }

  test('passes when all calls were answered with the recorded input', () => {
    expect(itemOf({ mocks })).toHaveServedAllMocks()
  })

  test('names what was missed, drifted and left over', () => {
    const item = itemOf({
      mocks: { ...mocks, missed: [call], drifted: [{ key: 'a', name: 'b' }], unused: [call] },
    })
    expect(failureOf(() => expect(item).toHaveServedAllMocks()).message).toBe(
      `trace abc was not answered from the tape alone:
  not on the tape:
    orders.lookup
  asked for with another input:
    a (b)
  on the tape and never asked for:
    orders.lookup`,
    )
  })

  test('drift and what is left over can be allowed, a miss cannot', () => {
    const loose = { allowDrift: true, allowUnused: true }
    expect(itemOf({ mocks: { ...mocks, drifted: [call], unused: [call] } })).toHaveServedAllMocks(loose)
    expect(itemOf({ mocks: { ...mocks, missed: [call] } })).not.toHaveServedAllMocks(loose)
  })
})
