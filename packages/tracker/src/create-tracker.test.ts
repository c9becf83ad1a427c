import { decodeResumptionToken, InvalidTokenError, RuntapeError } from '@runtape/core'
import { runInFrame, spanFrame } from '@runtape/core/internal'
import { parseRecord } from '@runtape/schemas'
import { describe, expect, test } from 'vitest'
import { desk, seenSink } from '../test/support.ts'
import { createTracker, resumeTracker, type TrackerInit } from './index.ts'

const noSink = 'it needs a sink with an append method. Pass { sink: createRecorder({ store }) }'
const storeAsSink = 'the sink is a store, which takes lists. Pass { sink: createRecorder({ store }) }'

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The first event of a tracker, as a store reads it. */
const firstEvent = (init: Partial<TrackerInit> = {}) => {
  const { tracker, sink, warnings } = desk(init)
  tracker.trackSuccess()
  const event = sink.events[0]
  expect(parseRecord(JSON.parse(JSON.stringify(event)))).toEqual(event)
  return { event, warnings }
}

describe('a new run', () => {
  test('has its own runId, a UUID of version 4, on every event', () => {
    const [one, other] = [desk(), desk()]
    expect(one.tracker.runId).toMatch(uuid4)
    expect(one.tracker.runId).not.toBe(other.tracker.runId)
    one.tracker.trackDuration(1)
    one.tracker.trackSuccess()
    one.tracker.trackScore('tone', { score: 1 })
    expect(one.sink.events.map(event => event.runId)).toEqual(Array(3).fill(one.tracker.runId))
  })

  test('two runs of one config have separate slots', () => {
    const sink = seenSink()
    const [one, other] = [createTracker({ sink, configKey: 'c' }), createTracker({ sink, configKey: 'c' })]
    expect([one.trackDuration(1), other.trackDuration(2)]).toEqual([true, true])
  })

  test('puts its facts on every event', () => {
    const { event } = firstEvent({
      runId: 'run-1',
      variationKey: 'formal',
      version: 3,
      modelName: 'm',
      providerName: 'p',
      context: { kind: 'user', key: 'u-1', email: 'a@b.c' },
      attributes: { release: '1.2', canary: true, shard: 4 },
    })
    expect(event).toStrictEqual({
      kind: 'run-event',
      runId: 'run-1',
      metric: 'outcome',
      value: { status: 'success' },
      at: 1_767_225_601_000,
      configKey: 'support-answer',
      variationKey: 'formal',
      version: 3,
      modelName: 'm',
      providerName: 'p',
      context: { kind: 'user', key: 'u-1' },
      attributes: { release: '1.2', canary: true, shard: 4 },
    })
  })

  test('omits unknown facts', () => {
    const { event } = firstEvent()
    expect(event).toMatchObject({ variationKey: '', version: 1, modelName: '', providerName: '' })
    for (const absent of ['context', 'attributes', 'traceId', 'replay'])
      expect(event).not.toHaveProperty(absent)
  })

  test('belongs to the trace in which it was created', () => {
    const span = { traceId: 'ab'.repeat(16), spanId: 's', nextSeq: () => 0 }
    const sink = seenSink()
    const tracker = runInFrame(spanFrame(undefined, span), () => createTracker({ sink, configKey: 'c' }))
    tracker.trackSuccess()
    expect(sink.events[0]?.traceId).toBe(span.traceId)
  })

  test('uses the system clock by default', () => {
    const sink = seenSink()
    const before = Date.now()
    createTracker({ sink, configKey: 'c' }).trackDurationOf(() => {})
    const [event] = sink.events
    expect(event?.at).toBeGreaterThanOrEqual(before)
    expect(event?.value).toBeLessThan(1000)
  })

  test.each<[string, unknown]>([
    ['runId must be a non-empty string', { runId: '' }],
    [
      'configKey must be a string, such as createTracker({ sink, configKey: "support-answer" })',
      { configKey: undefined },
    ],
    ['variationKey must be a string', { variationKey: null }],
    ['version must be an integer', { version: Number.NaN }],
    [noSink, { sink: {} }],
    [noSink, { sink: undefined }],
    [storeAsSink, { sink: { append: async () => {}, runs: { usage: async () => [] } } }],
  ])('whose events could not be kept is refused: %s', (problem, init) => {
    const create = () => createTracker({ sink: seenSink(), configKey: 'c', ...(init as object) })
    expect(create).toThrow(`Cannot create a tracker: ${problem}.`)
    expect(create).toThrow(RuntapeError)
  })
})

describe('a resumed run', () => {
  const made = () =>
    desk({ runId: 'run-1', variationKey: 'formal', version: 3, modelName: 'm', providerName: 'p' })

  test("has a token that is the run's identity and nothing else", () => {
    const json = Buffer.from(made().tracker.resumptionToken, 'base64url').toString()
    expect(json).toBe('{"runId":"run-1","configKey":"support-answer","variationKey":"formal","version":3}')
    const bare = Buffer.from(desk({ runId: 'run-1' }).tracker.resumptionToken, 'base64url').toString()
    expect(bare).toBe('{"runId":"run-1","configKey":"support-answer","version":1}')
  })

  test('has the same runId, fresh slots, and no model or provider', () => {
    const { tracker, sink } = made()
    tracker.trackFeedback({ kind: 'positive' })
    const resumed = resumeTracker({ sink, token: tracker.resumptionToken })
    expect(resumed.runId).toBe('run-1')
    expect(resumed.getSummary()).toEqual({ runId: 'run-1', toolCalls: [], scores: {} })
    expect(resumed.trackFeedback({ kind: 'negative' })).toBe(true)
    expect(sink.events[1]).toMatchObject({
      runId: 'run-1',
      configKey: 'support-answer',
      variationKey: 'formal',
      version: 3,
      modelName: '',
      providerName: '',
    })
  })

  test("has the first tracker's token, including an empty variation", () => {
    for (const variationKey of ['', 'formal']) {
      const token = desk({ variationKey }).tracker.resumptionToken
      expect(decodeResumptionToken(token).variationKey).toBe(variationKey)
      expect(resumeTracker({ sink: seenSink(), token }).resumptionToken).toBe(token)
    }
  })

  test('belongs to no trace of the resuming process', () => {
    const span = { traceId: 'ab'.repeat(16), spanId: 's', nextSeq: () => 0 }
    const { tracker, sink } = made()
    const token = tracker.resumptionToken
    const resumed = runInFrame(spanFrame(undefined, span), () => resumeTracker({ sink, token }))
    resumed.trackSuccess()
    expect(sink.events[0]).not.toHaveProperty('traceId')
  })

  test('a bad token throws an error with the reason', () => {
    const resume = () => resumeTracker({ sink: seenSink(), token: 'no token!' })
    expect(resume).toThrow(InvalidTokenError)
    expect(resume).toThrow('it is not URL-safe Base64')
  })
})

describe('the kept context', () => {
  const context = { kind: 'user', key: 'u-1', plan: 'gold', tags: ['a'], age: 7n, email: 'a@b.c' }

  test('has kind and key, and the attributes in keepContext', () => {
    expect(firstEvent({ context }).event?.context).toEqual({ kind: 'user', key: 'u-1' })
    const { event } = firstEvent({ context, keepContext: ['plan', 'tags', 'missing', 'kind', 'toString'] })
    expect(event?.context).toEqual({ kind: 'user', key: 'u-1', plan: 'gold', tags: ['a'] })
  })

  test('is as it was when the tracker was created', () => {
    const mine = { ...context, tags: ['a'] }
    const attributes = { release: '1' }
    const { tracker, sink } = desk({ context: mine, keepContext: ['tags'], attributes })
    mine.tags.push('b')
    attributes.release = '2'
    tracker.trackSuccess()
    expect(sink.events[0]).toMatchObject({ context: { tags: ['a'] }, attributes: { release: '1' } })
  })

  test('has no attribute named __proto__, events have none either, and no prototype changes', () => {
    const hostile = JSON.parse('{"kind":"user","key":"u-1","__proto__":{"admin":true}}')
    const attributes = JSON.parse('{"release":"1","__proto__":"x"}')
    const { event, warnings } = firstEvent({ context: hostile, keepContext: ['__proto__'], attributes })
    expect([event?.context, event?.attributes]).toStrictEqual([
      { kind: 'user', key: 'u-1' },
      { release: '1' },
    ])
    expect(warnings).toEqual(
      Array(2).fill('Attribute "__proto__" cannot be kept; it is omitted from events.'),
    )
    expect([event?.context?.admin, ({} as { admin?: unknown }).admin]).toEqual([undefined, undefined])
  })

  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  test.each([
    ['a bigint', 7n],
    ['a function', () => 1],
    ['a cycle', cycle],
    ['not a number', Number.NaN],
  ])('omits %s, with a warning', (_, odd) => {
    const { event, warnings } = firstEvent({ context: { ...context, odd }, keepContext: ['odd', 'plan'] })
    expect(event?.context).toEqual({ kind: 'user', key: 'u-1', plan: 'gold' })
    expect(warnings).toEqual(['Attribute "odd" cannot be kept; it is omitted from events.'])
  })

  const throwing = Object.defineProperty({ kind: 'user' }, 'key', {
    get() {
      throw new Error('no key')
    },
  })
  test.each([
    ['without a key', { kind: 'user' }, 'has no kind or no key'],
    ['with an empty key', { kind: 'user', key: '' }, 'has no kind or no key'],
    ['with a number for a key', { kind: 'user', key: 7 }, 'has no kind or no key'],
    ['that throws when it is read', throwing, 'cannot be read: no key'],
    ['of null', null, 'cannot be read'],
  ])('%s is omitted with a warning, and the run is tracked', (_, bad, problem) => {
    const { event, warnings } = firstEvent({ context: bad as unknown as { kind: string; key: string } })
    expect(event).not.toHaveProperty('context')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(problem)
  })

  test('attributes that are not plain values are omitted with a warning', () => {
    const attributes = { release: '1', bad: {}, worse: Number.NaN } as unknown as { release: string }
    const { event, warnings } = firstEvent({ attributes })
    expect(event?.attributes).toEqual({ release: '1' })
    expect(warnings).toHaveLength(2)
  })
})
