import type { ReplayItem } from '@runtape/replay'
import { describe, expect, test } from 'vitest'
import './expect.ts'
import { withoutPaths } from './without-paths.ts'

const itemOf = (fields: Partial<ReplayItem>): ReplayItem => ({
  outcome: fields.same ? 'same' : (fields.error ?? null) === null ? 'changed' : 'failed',
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

  test('an item that ended as recorded matches, whatever its values look like', () => {
    expect(itemOf({ same: true, result: { a: 1 }, originalOutput: { a: 2 } })).toMatchRecording()
    expect(itemOf({ same: true, error: 'no', originalError: 'no' })).toMatchRecording()
  })

  test('a different output does not match, and both are passed on for a diff', () => {
    const item = itemOf({ result: { a: 1, at }, originalOutput: { a: 2, at } })
    const failure = failureOf(() => expect(item).toMatchRecording())
    expect(failure).toMatchObject({ actual: { a: 1, at }, expected: { a: 2, at } })
    expect(failure.message).toContain('trace abc returned a different output than recorded')
    expect(item).not.toMatchRecording()
  })

  test('a different or missing error does not match, nor one with the same message that differs', () => {
    expect(itemOf({ error: 'no', originalError: 'never' })).not.toMatchRecording()
    expect(itemOf({ error: 'no', originalError: 'no' })).not.toMatchRecording()
    expect(itemOf({ originalError: 'no' })).not.toMatchRecording({ ignore: ['token'] })
    const failure = failureOf(() => expect(itemOf({ error: 'no', originalOutput: 1 })).toMatchRecording())
    expect(failure.message).toContain('ended differently than recorded: with "no", recorded: with an output')
  })

  test.each<[string, Parameters<typeof itemOf>[0], string]>([
    [
      'a missed call that code caught',
      { outcome: 'failed', reason: 'a call was missed: pay' },
      'a call was missed',
    ],
    ['a value that cannot be read', { outcome: 'unknown', reason: 'not all can be read' }, 'registerCodec'],
  ])('no diff is passed on if the difference is not in the outputs: %s', (_what, fields, said) => {
    const item = itemOf({ result: 1, originalOutput: 1, ...fields })
    const failure = failureOf(() => expect(item).toMatchRecording())
    expect(failure.message).toContain(said)
    expect([failure.actual, failure.expected]).toEqual([undefined, undefined])
  })

  test('one differing attempt is enough, and is named', () => {
    const item = itemOf({ result: 1, originalOutput: 1 })
    const { result, error, traceId, replay, scores, mocks } = item
    const good = { result, error, traceId, replay, scores, mocks, outcome: 'same' as const, same: true }
    expect({ ...item, attempts: [good, good] }).toMatchRecording()
    const bad = { ...good, result: 2, outcome: 'changed' as const, same: false }
    const failure = failureOf(() => expect({ ...item, attempts: [good, bad] }).toMatchRecording())
    expect(failure).toMatchObject({ actual: 2, expected: 1 })
    expect(failure.message).toContain('returned a different output than recorded in attempt 2 of 2')
  })

  test('ignored paths are excluded from the comparison and from the diff', () => {
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

  test('paths may be in the notation of evaluators or of JSONPath', () => {
    const value = { token: 1, at: 2, items: [{ id: 3, at: { at: 4 } }, { id: 5 }] }
    for (const paths of [
      ['token', 'items.*.id', '**.at'],
      ['$.token', '$.items[*].id', '$..at'],
    ])
      expect(withoutPaths(value, paths)).toEqual({ items: [{}, {}] })
    const some = { items: [{ at: { at: 4 } }, { id: 5 }] }
    expect(withoutPaths(value, ['items.0.id', 'token', 'at'])).toEqual(some)
    expect(withoutPaths(value, ['items.**.id'])).toEqual(withoutPaths(value, ['$.items[*].id']))
    expect(value.token).toBe(1)
  })

  test('an ignored value that also occurs elsewhere still counts there', () => {
    const of = (at: Date) => ({ ignored: at, counts: at })
    const item = itemOf({ result: of(new Date(0)), originalOutput: of(new Date(1)) })
    expect(item).not.toMatchRecording({ ignore: ['ignored'] })
    expect(item).toMatchRecording({ ignore: ['ignored', 'counts'] })
  })

  test('cyclic values are searched once', () => {
    const circle = (id: number) => {
      const value: Record<string, unknown> = { id, text: 'same' }
      return Object.assign(value, { self: value })
    }
    expect(itemOf({ result: circle(1), originalOutput: circle(2) })).toMatchRecording({ ignore: ['**.id'] })
  })

  test.each(['$', '$[x]', '$.a[', '', 'a.', '**'])('the path %j is refused', path => {
    expect(() => withoutPaths({}, [path])).toThrow('ignore takes paths such as token, items.0.id')
  })

  test('items of a list keep their positions', () => {
    expect(withoutPaths([1, 2, 3], ['$[1]'])).toEqual([1, null, 3])
  })
})

describe('toHaveServedAllMocks', () => {
  const call = { key: 'orders.lookup', name: 'orders.lookup' }
  const mocks = { served: [call], drifted: [], missed: [], unused: [], overridden: [] }

  test('passes if all calls were served for their recorded input', () => {
    expect(itemOf({ mocks })).toHaveServedAllMocks()
  })

  test('names missed, drifted and unused calls', () => {
    const item = itemOf({
      mocks: { ...mocks, missed: [call], drifted: [{ key: 'a', name: 'b' }], unused: [call] },
    })
    expect(failureOf(() => expect(item).toHaveServedAllMocks()).message).toBe(
      `trace abc was not served from the tape alone:
  missed: not on the tape:
    orders.lookup
  drifted: served, but with a different input:
    a (b)
  unused: recorded, but not called:
    orders.lookup`,
    )
  })

  test('checks every attempt', () => {
    const { outcome, same, result, error, traceId, replay, scores } = itemOf({})
    const attempt = { outcome, same, result, error, traceId, replay, scores }
    const item = itemOf({
      mocks,
      attempts: [
        { ...attempt, mocks },
        { ...attempt, mocks: { ...mocks, missed: [call] } },
      ],
    })
    expect(item).not.toHaveServedAllMocks()
  })

  test('drift and unused answers can be allowed, a miss cannot', () => {
    const loose = { allowDrift: true, allowUnused: true }
    expect(itemOf({ mocks: { ...mocks, drifted: [call], unused: [call] } })).toHaveServedAllMocks(loose)
    expect(itemOf({ mocks: { ...mocks, missed: [call] } })).not.toHaveServedAllMocks(loose)
  })
})

describe('an item that cannot be compared', () => {
  const unread = ['$.price: an instance of Money', '$.items[0].token: redacted']
  const output = { price: {}, items: [{ token: '[redacted]' }] }
  const reason = `not everything in it can be read (${unread.join(', ')})`
  const unknown = itemOf({ outcome: 'unknown', reason, unread, result: output, originalOutput: output })

  test('does not match, says why, and matches if that is allowed', () => {
    const failure = failureOf(() => expect(unknown).toMatchRecording())
    expect(failure.message).toContain(
      'trace abc cannot be compared with its recording: not everything in it can be read',
    )
    expect(unknown).toMatchRecording({ allowUnknown: true })
  })

  test('matches if all unreadable paths are ignored, and the rest is equal', () => {
    expect(unknown).toMatchRecording({ ignore: ['price', 'items.*.token'] })
    expect(unknown).toMatchRecording({ ignore: ['price', '**.token'] })
    expect(unknown).toMatchRecording({ ignore: ['price', '$.items'] })
    expect(unknown).not.toMatchRecording({ ignore: ['price'] })
    expect(unknown).not.toMatchRecording({ ignore: ['items.*.price', 'token', 'price'] })
    const changed = itemOf({
      outcome: 'changed',
      unread,
      result: { ...output, id: 1 },
      originalOutput: output,
    })
    expect(changed).not.toMatchRecording({ ignore: ['price', '**.token'] })
    expect(changed).toMatchRecording({ ignore: ['price', '**.token', 'id'] })
    expect(changed).not.toMatchRecording({ ignore: ['price', 'id'] })
    expect(changed).not.toMatchRecording({ allowUnknown: true })
  })

  test('that returned another kind of result does not match, whatever is ignored', () => {
    const reason = 'it returned a promise, and the recorded call a value'
    const changed = itemOf({ outcome: 'changed', reason, result: output, originalOutput: output })
    expect(failureOf(() => expect(changed).toMatchRecording({ ignore: ['price'] })).message).toContain(reason)
  })

  test('that failed does not match, whatever is allowed', () => {
    const failed = itemOf({
      outcome: 'failed',
      reason: 'a call was missed: audit',
      result: 1,
      originalOutput: 1,
    })
    const failure = failureOf(() => expect(failed).toMatchRecording({ allowUnknown: true, ignore: ['a'] }))
    expect(failure.message).toContain('trace abc failed: a call was missed: audit')
  })

  test('and a served call whose input cannot be compared is named', () => {
    const call = {
      key: 'charge',
      name: 'charge',
      unknownInput: 'not everything in it can be read ($[0]: an instance of Card)',
    }
    const item = itemOf({ mocks: { served: [call], drifted: [], missed: [], unused: [], overridden: [] } })
    expect(failureOf(() => expect(item).toHaveServedAllMocks()).message).toContain(
      'charge: not everything in it can be read',
    )
    expect(item).toHaveServedAllMocks({ allowUnknownInput: true })
  })
})
