import type { Sink, TokenUsage } from '@runtape/core'
import { replayFrame, runInFrame } from '@runtape/core/internal'
import { describe, expect, test } from 'vitest'
import { desk, replayInto, seenSink } from '../test/support.ts'
import { createTracker, resumeTracker, type Tracker } from './index.ts'

const usage = { input: 12, output: 3, total: 15 }
const advice = 'Call createTracker on the AI Config for a new run.'

/** Every way to record a metric of which a run has one. */
const ways = [
  {
    slot: 'duration',
    method: 'trackDuration',
    subject: 'duration',
    call: (t: Tracker) => t.trackDuration(120),
    value: 120,
  },
  {
    slot: 'time-to-first-token',
    method: 'trackTimeToFirstToken',
    subject: 'time-to-first-token',
    call: (t: Tracker) => t.trackTimeToFirstToken(40),
    value: 40,
  },
  {
    slot: 'tokens',
    method: 'trackTokens',
    subject: 'token usage',
    call: (t: Tracker) => t.trackTokens(usage),
    value: usage,
  },
  {
    slot: 'outcome',
    method: 'trackSuccess',
    subject: 'success/error',
    call: (t: Tracker) => t.trackSuccess(),
    value: { status: 'success' },
  },
  {
    slot: 'outcome',
    method: 'trackError',
    subject: 'success/error',
    call: (t: Tracker) => t.trackError(new TypeError('no')),
    value: { status: 'error', error: { name: 'TypeError', message: 'no' } },
  },
  {
    slot: 'feedback',
    method: 'trackFeedback',
    subject: 'feedback',
    call: (t: Tracker) => t.trackFeedback({ kind: 'negative' }),
    value: { kind: 'negative' },
  },
] as const

const slots = [...new Set(ways.map(way => way.slot))]
const fillers = slots.map(slot => ways.findLast(way => way.slot === slot)).filter(way => way !== undefined)
const states = Array.from({ length: 2 ** slots.length }, (_, state) =>
  slots.filter((_, bit) => state & (1 << bit)),
)

describe.each(states.map(taken => ({ taken })))('with $taken taken', ({ taken }) => {
  const deskInState = () => {
    const made = desk()
    for (const way of fillers) if (taken.includes(way.slot)) way.call(made.tracker)
    expect(made.sink.events.map(event => event.metric)).toEqual(taken)
    made.sink.events.length = 0
    return made
  }

  test.each(ways)('$method is recorded if $slot is free and dropped with a warning if not', way => {
    const { tracker, sink, warnings } = deskInState()
    const free = !taken.includes(way.slot)
    expect(way.call(tracker)).toBe(free)
    expect(sink.seen()).toEqual(free ? [[way.slot, way.value]] : [])
    const warning = `Skipping ${way.method}: ${way.subject} already recorded on this tracker. ${advice}`
    expect(warnings).toEqual(free ? [] : [warning])
  })

  test.each(ways)('a second $method is dropped, whatever the first one returned', way => {
    const { tracker, sink, warnings } = deskInState()
    way.call(tracker)
    const before = [sink.events.length, warnings.length, tracker.getSummary()] as const
    expect(way.call(tracker)).toBe(false)
    expect([sink.events.length, warnings.length - 1, tracker.getSummary()]).toEqual(before)
  })

  test('tool calls and scores have separate slots, one per id and per name', () => {
    const { tracker, sink, warnings } = deskInState()
    const given = ['a', 'b', 'a', 'b', 'a'].map(name => [
      tracker.trackToolCall({ id: name, name: 'lookup' }),
      tracker.trackScore(name, { score: 1 }),
    ])
    expect(given).toEqual([...Array(2).fill([true, true]), ...Array(3).fill([false, false])])
    expect(sink.seen()).toEqual([
      ['tool-call:a', { name: 'lookup' }],
      ['score:a', { score: 1 }],
      ['tool-call:b', { name: 'lookup' }],
      ['score:b', { score: 1 }],
    ])
    expect(warnings.slice(0, 2)).toEqual([
      `Skipping trackToolCall: tool call "a" already recorded on this tracker. ${advice}`,
      `Skipping trackScore: score "a" already recorded on this tracker. ${advice}`,
    ])
  })
})

describe('an outcome', () => {
  test('an error after a success is dropped and the success stays', () => {
    const { tracker } = desk()
    expect([tracker.trackSuccess(), tracker.trackError(new Error('late'))]).toEqual([true, false])
    expect(tracker.getSummary().outcome).toEqual({ status: 'success' })
  })

  test('a success after an error is dropped and the error stays', () => {
    const { tracker } = desk()
    expect([tracker.trackError(), tracker.trackSuccess()]).toEqual([true, false])
    expect(tracker.getSummary().outcome).toEqual({ status: 'error' })
  })

  test('keeps the HTTP status of the error', () => {
    const { tracker } = desk()
    tracker.trackError(Object.assign(new Error('slow down'), { name: 'RateLimitError', status: 429 }))
    const error = { name: 'RateLimitError', message: 'slow down', status: 429 }
    expect(tracker.getSummary().outcome).toEqual({ status: 'error', error })
  })

  test.each([
    ['a string', 'broken', { name: 'string', message: 'broken' }],
    ['null', null, { name: 'object', message: 'null' }],
    ['a status that is no number', { status: Number.NaN }, { name: 'object', message: '[object Object]' }],
    [
      'an error without words',
      Object.assign(new Error(), { message: 7, name: 8 }),
      { name: '8', message: '7' },
    ],
    [
      'an object without a text',
      Object.create(null),
      { name: 'object', message: 'a value that cannot be shown' },
    ],
    [
      'an error that throws when it is read',
      trap(new Error('x')),
      { name: 'object', message: 'a value that cannot be shown' },
    ],
  ])('is recorded from %s', (_, thrown, error) => {
    const { tracker } = desk()
    expect(tracker.trackError(thrown)).toBe(true)
    expect(tracker.getSummary().outcome).toEqual({ status: 'error', error })
  })
})

/** Throws whatever is read from it. */
function trap<T extends object>(target: T): T {
  const thrower = () => {
    throw new Error('trap')
  }
  return new Proxy(target, { get: thrower, has: thrower, getPrototypeOf: thrower, ownKeys: thrower })
}

describe('an invalid value', () => {
  const time = 'it must be a finite number of milliseconds, 0 or more'
  const tokens = (bad: unknown) => (t: Tracker) => t.trackTokens(bad as TokenUsage)
  const feedback = (bad: unknown) => (t: Tracker) => t.trackFeedback(bad as { kind: 'positive' })
  const score = (name: unknown, bad: unknown) => (t: Tracker) =>
    t.trackScore(name as string, bad as { score: number })
  const toolCall = (bad: unknown) => (t: Tracker) => t.trackToolCall(bad as { name: string })

  test.each<[string, (t: Tracker) => boolean]>([
    [`trackDuration: ${time} (got -1)`, t => t.trackDuration(-1)],
    [`trackDuration: ${time} (got NaN)`, t => t.trackDuration(Number.NaN)],
    [`trackDuration: ${time} (got Infinity)`, t => t.trackDuration(Number.POSITIVE_INFINITY)],
    [`trackDuration: ${time} (got 1e+300)`, t => t.trackDuration(1e300)],
    [`trackDuration: ${time} (got "12")`, t => t.trackDuration('12' as unknown as number)],
    [`trackDuration: ${time} (got 5)`, t => t.trackDuration(5n as unknown as number)],
    [`trackDuration: ${time} (got a function)`, t => t.trackDuration((() => 1) as unknown as number)],
    [
      `trackTimeToFirstToken: ${time} (got undefined)`,
      t => t.trackTimeToFirstToken(undefined as unknown as number),
    ],
    ['trackTokens: all token counts are zero', tokens({ input: 0, output: 0, total: 0 })],
    [
      'trackTokens: input must be a whole number of tokens, 0 or more (got -1)',
      tokens({ ...usage, input: -1 }),
    ],
    [
      'trackTokens: output must be a whole number of tokens, 0 or more (got 1.5)',
      tokens({ ...usage, output: 1.5 }),
    ],
    [
      'trackTokens: total must be a whole number of tokens, 0 or more (got 9007199254740992)',
      tokens({ ...usage, total: 2 ** 53 }),
    ],
    ['trackTokens: usage must be an object { input, output, total }', tokens(null)],
    ['trackTokens: usage must be an object { input, output, total }', tokens(12)],
    ['trackTokens: its value cannot be read: trap', tokens(trap({}))],
    [`trackFeedback: kind must be 'positive' or 'negative' (got "meh")`, feedback({ kind: 'meh' })],
    [`trackFeedback: it must be an object such as { kind: 'positive' } (got undefined)`, feedback(undefined)],
    [
      'trackFeedback: score must be a finite number (got NaN)',
      feedback({ kind: 'positive', score: Number.NaN }),
    ],
    ['trackFeedback: comment must be a string (got an object)', feedback({ kind: 'positive', comment: {} })],
    ['trackScore: score must be a finite number (got Infinity)', score('x', { score: 1 / 0 })],
    ['trackScore: it must be an object such as { score: 0.8 } (got undefined)', score('x', undefined)],
    ['trackScore: reasoning must be a string (got 1)', score('x', { score: 1, reasoning: 1 })],
    [`trackScore: the score's name must be a non-empty string (got "")`, score('', { score: 1 })],
    [
      `trackScore: the score's name must be a non-empty string (got Symbol(x))`,
      score(Symbol('x'), { score: 1 }),
    ],
    ['trackToolCall: name must be a non-empty string (got undefined)', toolCall({})],
    ["trackToolCall: it must be an object such as { name: 'search' } (got null)", toolCall(null)],
    ['trackToolCall: id must be a string (got 7)', toolCall({ id: 7, name: 'lookup' })],
  ])('%s: is refused with a warning and leaves the slot free', (problem, call) => {
    const { tracker, sink, warnings } = desk()
    expect(call(tracker)).toBe(false)
    expect(sink.events).toEqual([])
    expect(warnings).toEqual([`Skipping ${problem}. Nothing was recorded; the metric can still be recorded.`])
    for (const way of fillers) expect(way.call(tracker)).toBe(true)
    expect(tracker.trackScore('x', { score: 1 })).toBe(true)
  })

  test('the checked values are recorded, even if an object changes while it is read', () => {
    const { tracker, sink } = desk()
    let reads = 0
    const shifty = {
      ...usage,
      get input() {
        return reads++ === 0 ? 12 : Number.NaN
      },
    }
    expect(tracker.trackTokens(shifty)).toBe(true)
    expect(sink.seen()).toEqual([['tokens', usage]])
  })
})

describe('what is recorded', () => {
  test('is a copy of the known fields', () => {
    const { tracker, sink } = desk()
    const mine = { ...usage, reasoning: 2, cachedInput: undefined as unknown as number, secret: 'x' }
    tracker.trackTokens(mine)
    mine.input = 99
    expect(sink.events[0]?.value).toStrictEqual({ ...usage, reasoning: 2 })
  })

  test('has a separate slot for a tool call without an id, or with an empty one', () => {
    const { tracker, sink } = desk()
    for (const id of [undefined, undefined, '', '']) {
      expect(tracker.trackToolCall(id === undefined ? { name: 'lookup' } : { id, name: 'lookup' })).toBe(true)
    }
    expect(new Set(sink.events.map(event => event.metric)).size).toBe(4)
  })
})

describe('the summary', () => {
  test('has everything that was recorded', () => {
    const { tracker } = desk({ runId: 'run-1' })
    for (const way of fillers) way.call(tracker)
    tracker.trackToolCall({ id: 'call-1', name: 'lookup' })
    tracker.trackScore('tone', { score: 0.5, reasoning: 'curt' })
    expect(tracker.getSummary()).toEqual({
      runId: 'run-1',
      durationMs: 120,
      timeToFirstTokenMs: 40,
      tokens: usage,
      outcome: { status: 'error', error: { name: 'TypeError', message: 'no' } },
      feedback: { kind: 'negative' },
      toolCalls: [{ id: 'call-1', name: 'lookup' }],
      scores: { tone: { score: 0.5, reasoning: 'curt' } },
    })
  })

  test('is a copy: changing it has no effect', () => {
    const { tracker } = desk()
    tracker.trackTokens(usage)
    tracker.trackScore('tone', { score: 1 })
    const summary = tracker.getSummary() as { tokens: { input: number }; scores: Record<string, unknown> }
    summary.tokens.input = 99
    summary.scores.tone = 'changed'
    expect(tracker.getSummary()).toMatchObject({ tokens: usage, scores: { tone: { score: 1 } } })
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a score named %s is a score',
    name => {
      const { tracker, sink, warnings } = desk()
      const given = [0.1, 0.2].map(score => tracker.trackScore(name, { score }))
      expect(given).toEqual([true, false])
      expect(warnings).toHaveLength(1)
      const { scores } = tracker.getSummary()
      expect(Object.entries(scores)).toEqual([[name, { score: 0.1 }]])
      expect(Object.getPrototypeOf(scores)).toBe(Object.prototype)
      expect(({} as { score?: number }).score).toBeUndefined()
      expect(sink.seen()).toEqual([[`score:${name}`, { score: 0.1 }]])
    },
  )
})

describe('a sink that throws', () => {
  test('is reported, and the metric can be tracked again', () => {
    const { events, ...sink } = seenSink()
    let broken = true
    const append: Sink['append'] = record => {
      if (broken) throw new Error('disk full')
      sink.append(record)
    }
    const { tracker, warnings } = desk({ sink: { ...sink, append }, runId: 'run-1' })
    for (const way of fillers) expect(way.call(tracker)).toBe(false)
    expect(tracker.trackScore('tone', { score: 1 })).toBe(false)
    expect(warnings[0]).toBe('The sink did not accept duration of run run-1: disk full')
    expect(warnings).toHaveLength(6)
    expect(tracker.getSummary()).toEqual({ runId: 'run-1', toolCalls: [], scores: {} })
    broken = false
    for (const way of fillers) expect(way.call(tracker)).toBe(true)
    expect(tracker.trackScore('tone', { score: 1 })).toBe(true)
    expect(events).toHaveLength(6)
  })

  test('that refuses an event leaves the metric free, without another warning', () => {
    let keeps = false
    const { tracker, warnings } = desk({ sink: { ...seenSink(), append: () => keeps } })
    expect([tracker.trackDuration(1), tracker.trackScore('tone', { score: 1 })]).toEqual([false, false])
    expect(tracker.getSummary().durationMs).toBeUndefined()
    keeps = true
    expect([tracker.trackDuration(2), tracker.trackScore('tone', { score: 2 })]).toEqual([true, true])
    expect([tracker.getSummary().durationMs, warnings]).toEqual([2, []])
  })

  test('that rejects asynchronously is reported and ends nothing', async () => {
    const append = async () => {
      throw new Error('offline')
    }
    const { tracker, warnings } = desk({ sink: { ...seenSink(), append }, runId: 'run-1' })
    expect(tracker.trackDuration(1)).toBe(true)
    await new Promise(resolve => setImmediate(resolve))
    expect(warnings).toEqual(['The sink did not accept duration of run run-1: offline'])
  })
})

describe('a sink that calls back', () => {
  test('finds the metric that it receives already taken', () => {
    const seen: unknown[] = []
    const sink: Sink = {
      ...seenSink(),
      append: record => {
        seen.push(record)
        repeats.push(
          tracker.trackDuration(1),
          tracker.trackScore('tone', { score: 1 }),
          tracker.trackSuccess(),
        )
      },
    }
    const repeats: boolean[] = []
    const { tracker } = desk({ sink })
    expect(tracker.trackDuration(7)).toBe(true)
    expect(seen.map(event => (event as { metric: string }).metric)).toEqual([
      'duration',
      'score:tone',
      'outcome',
    ])
    expect(repeats.filter(recorded => recorded)).toHaveLength(2)
    expect(tracker.getSummary().durationMs).toBe(7)
  })
})

describe('a logger that throws', () => {
  test('has no effect', () => {
    const warn = () => {
      throw new Error('no log')
    }
    const { tracker } = desk({ logger: { warn } })
    expect([tracker.trackDuration(-1), tracker.trackDuration(1), tracker.trackDuration(1)]).toEqual([
      false,
      true,
      false,
    ])
  })
})

describe('inside a replay', () => {
  const liveAndReplayed = (init = {}) => {
    const made = desk(init)
    const replayed = seenSink()
    const inReplay = <T>(fn: () => T, traceId?: string) =>
      runInFrame(replayFrame(replayInto(replayed, traceId)), fn)
    return { ...made, replayed, inReplay }
  }

  test('events go to the sink of the replay, and name the replay', () => {
    const { tracker, sink, replayed, inReplay } = liveAndReplayed()
    expect(inReplay(() => tracker.trackDuration(5))).toBe(true)
    expect(sink.events).toEqual([])
    const replay = { testRunId: 'test-run', traceId: 'replayed-trace' }
    expect(replayed.events).toMatchObject([
      { metric: 'duration', value: 5, traceId: 'replayed-trace', replay },
    ])
  })

  test('a live tracker keeps its live slots, before and after', () => {
    const { tracker, sink, replayed, inReplay, warnings } = liveAndReplayed()
    tracker.trackDuration(1)
    expect(inReplay(() => [tracker.trackDuration(2), tracker.trackSuccess()])).toEqual([true, true])
    expect([tracker.trackDuration(3), tracker.trackSuccess()]).toEqual([false, true])
    expect(sink.seen()).toEqual([
      ['duration', 1],
      ['outcome', { status: 'success' }],
    ])
    expect(replayed.seen()).toEqual([
      ['duration', 2],
      ['outcome', { status: 'success' }],
    ])
    expect(warnings).toHaveLength(1)
    expect(tracker.getSummary().durationMs).toBe(1)
    expect(inReplay(() => tracker.getSummary().durationMs)).toBeUndefined()
  })

  test('each replay has separate slots, each recorded once', () => {
    const { tracker, replayed } = liveAndReplayed()
    const replays = ['a', 'b'].map(traceId => replayFrame(replayInto(replayed, traceId)))
    const given = [...replays, ...replays].map(frame => runInFrame(frame, () => tracker.trackDuration(1)))
    expect(given).toEqual([true, true, false, false])
    expect(replayed.events.map(event => event.replay?.traceId)).toEqual(['a', 'b'])
  })

  test('a tracker created or resumed inside stays inside, even if the frame was lost', () => {
    const { tracker, sink, replayed, inReplay } = liveAndReplayed()
    const trackers = inReplay(() => [
      createTracker({ sink, configKey: 'c' }),
      resumeTracker({ sink, token: tracker.resumptionToken }),
    ])
    for (const made of trackers) expect(made.trackDuration(1)).toBe(true)
    expect(sink.events).toEqual([])
    expect(replayed.events.map(event => event.replay?.testRunId)).toEqual(['test-run', 'test-run'])
    expect(tracker.trackDuration(1)).toBe(true)
  })
})
