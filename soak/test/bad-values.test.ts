import { join } from 'node:path'
import { createClient } from '@runtape/client'
import { AIConfigDefault, type RunContext } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { createRecorder } from '@runtape/recorder'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { createTracker, resumeTracker, type Tracker, type TrackerInit } from '@runtape/tracker'
import { describe, expect, onTestFinished, test } from 'vitest'
import { scratchDirectory } from './scratch.ts'

interface Way {
  readonly store: Store
  readonly warnings: readonly string[]
  tracker(init?: Partial<TrackerInit>): Tracker
  flush(): Promise<void>
}

/** From a tracker to a store: directly into one SQLite file, or through an outbox to a remote one. */
function openWay(isRemote: boolean): Way {
  const directory = scratchDirectory()
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const embedded = sqliteStore(join(directory, 'runtape.db'))
  const { appendSync: _, ...remote } = embedded
  const store = isRemote ? remote : embedded
  const outbox = isRemote ? { outbox: sqliteOutbox(join(directory, 'outbox.db')) } : {}
  const recorder = createRecorder({ store, ...outbox, logger })
  onTestFinished(() => recorder.close())
  const tracker = (init: Partial<TrackerInit> = {}) =>
    createTracker({ sink: recorder, configKey: 'support-answer', logger, ...init })
  return { store, warnings, tracker, flush: () => recorder.flush() }
}

const usage = (tokens: number) => ({ input: tokens, output: tokens, total: tokens })

describe.each([
  ['an SQLite file', false],
  ['a remote store behind an outbox', true],
])('on the way to %s', (_, isRemote) => {
  test('a context without a key or a kind is left out with a warning, and the run is kept', async () => {
    const { store, warnings, tracker, flush } = openWay(isRemote)
    const contexts = [
      { kind: 'user' },
      { key: 'u-1' },
      { kind: 'user', key: '' },
      { kind: 7, key: 'u' },
      [],
      null,
      3,
    ]
    for (const context of contexts) {
      expect(tracker({ context: context as RunContext }).trackDuration(1)).toBe(true)
    }
    await flush()
    const bill = await store.runs.usage({ groupBy: ['contextKey'] })
    expect(bill.map(({ group, runs }) => [group.contextKey, runs])).toEqual([['', contexts.length]])
    expect(warnings).toHaveLength(contexts.length)
    for (const warning of warnings) expect(warning).toMatch(/^The context .*; it is omitted from events\.$/)
  })

  test('a context of a megabyte arrives unchanged, on every event that has it', async () => {
    const { store, tracker, flush } = openWay(isRemote)
    const context = { kind: 'user', key: 'k'.repeat(1_000_000), notes: 'é'.repeat(500_000) }
    const run = tracker({ context, keepContext: ['notes'] })
    expect([run.trackDuration(1), run.trackSuccess()]).toEqual([true, true])
    expect(run.resumptionToken.length).toBeLessThan(300)
    await flush()
    const kept = await store.runs.get(run.runId)
    expect(kept?.events.map(event => event.context)).toEqual([context, context])
    expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group.contextKey).toBe(context.key)
  })

  test('names such as __proto__ are plain names everywhere, and no prototype changes', async () => {
    const { store, tracker, flush } = openWay(isRemote)
    const hostile =
      '{"kind":"__proto__","key":"constructor","__proto__":{"polluted":1},"toString":{"polluted":2}}'
    const names = ['__proto__', 'constructor', 'toString', 'prototype']
    const run = tracker({
      configKey: '__proto__',
      context: JSON.parse(hostile) as RunContext,
      keepContext: ['__proto__', 'toString'],
      attributes: JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>,
    })
    for (const name of names) {
      expect(run.trackScore(name, { score: 1, reasoning: '__proto__' })).toBe(true)
      expect(run.trackToolCall({ id: name, name })).toBe(true)
    }
    await flush()
    const kept = await store.runs.get(run.runId)
    const metrics = names.flatMap(name => [`score:${name}`, `tool-call:${name}`])
    expect(Object.keys(kept?.metrics ?? {}).sort()).toEqual(metrics.sort())
    expect(Object.keys(run.getSummary().scores).sort()).toEqual([...names].sort())
    const bill = await store.runs.usage({ groupBy: ['config', 'contextKind', 'contextKey'] })
    expect(bill[0]?.group).toEqual({
      config: '__proto__',
      contextKind: '__proto__',
      contextKey: 'constructor',
    })
    expect('polluted' in {}).toBe(false)
    expect(Object.getPrototypeOf(kept?.events[0]?.context)).toBe(Object.prototype)
  })

  test('invalid, negative and infinite numbers are refused and leave the metric free', async () => {
    const { store, warnings, tracker, flush } = openWay(isRemote)
    const run = tracker()
    const bad = [Number.NaN, -1, -0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53]
    for (const value of bad) {
      expect(run.trackDuration(value)).toBe(false)
      expect(run.trackTimeToFirstToken(value)).toBe(false)
      expect(run.trackTokens(usage(value))).toBe(false)
    }
    for (const score of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(run.trackScore('helpful', { score })).toBe(false)
      expect(run.trackFeedback({ kind: 'positive', score })).toBe(false)
    }
    expect(warnings).toHaveLength(bad.length * 3 + 4)
    for (const warning of warnings)
      expect(warning).toMatch(/^Skipping .* the metric can still be recorded\.$/)
    expect([run.trackDuration(0), run.trackTokens(usage(1))]).toEqual([true, true])
    await flush()
    expect((await store.runs.get(run.runId))?.metrics).toEqual({ duration: 0, tokens: usage(1) })
  })

  test('the largest accepted numbers are returned unchanged, also in the bill', async () => {
    const { store, tracker, flush } = openWay(isRemote)
    const most = Number.MAX_SAFE_INTEGER
    const run = tracker()
    const said = [run.trackDuration(most), run.trackTokens(usage(most)), run.trackTimeToFirstToken(5e-324)]
    expect(said).toEqual([true, true, true])
    expect(run.trackScore('helpful', { score: -Number.MAX_VALUE })).toBe(true)
    await flush()
    expect((await store.runs.get(run.runId))?.metrics).toEqual({
      duration: most,
      tokens: usage(most),
      'time-to-first-token': 5e-324,
      'score:helpful': { score: -Number.MAX_VALUE },
    })
    const [row] = await store.runs.usage()
    expect([row?.tokens?.total, row?.durationMs?.p95]).toEqual([most, most])
  })

  test('a sum beyond 2^53 is refused with an alternative; other bills work', async () => {
    const { store, tracker, flush } = openWay(isRemote)
    for (const configKey of ['absurd', 'absurd', 'sane']) {
      tracker({ configKey }).trackTokens(usage(configKey === 'sane' ? 7 : Number.MAX_SAFE_INTEGER))
    }
    await flush()
    await expect(store.runs.usage()).rejects.toThrow(/The sum of input .* Narrow the period/)
    expect((await store.runs.usage({ configKey: 'sane' }))[0]?.tokens).toEqual(usage(7))
  })

  test('a clock that is set back changes no duration and makes no second run', async () => {
    const { store, tracker, flush } = openWay(isRemote)
    const noon = Date.UTC(2026, 0, 1, 12)
    let [wall, steady] = [noon, 5000]
    const pass = (ms: number, jump: number) => {
      wall += ms + jump
      steady += ms
    }
    const clock = { now: () => wall, monotonic: () => steady }
    const run = tracker({ clock })
    expect(run.trackTimeToFirstToken(3)).toBe(true)
    await run.run(async () => pass(250, -7_200_000))
    expect(run.getSummary().durationMs).toBe(250)
    const other = tracker({ clock })
    other.trackDurationOf(() => pass(40, -86_400_000))
    expect(other.getSummary().durationMs).toBe(40)
    await flush()
    const bill = await store.runs.usage({ groupBy: ['day', 'hour'] })
    expect(bill.map(({ group, runs }) => [group.hour, runs])).toEqual([
      ['2025-12-31T10', 1],
      ['2026-01-01T10', 1],
    ])
  })
})

test('a client whose context has no key serves the default, and its trackers record', async () => {
  const { store, warnings } = openWay(false)
  const said: string[] = []
  const logger = { warn: (message: string) => void said.push(message) }
  const sink = createRecorder({ store, logger })
  const client = createClient({ flags: { evaluate: async () => ({ value: {} }) }, sink, logger })
  const fallback = new AIConfigDefault({ model: { name: 'fallback' } })
  const config = await client.completionConfig('support-answer', { kind: 'user' } as RunContext, fallback)
  expect(config.model.name).toBe('fallback')
  expect(config.createTracker().trackSuccess()).toBe(true)
  expect(said.join('\n')).toMatch(/key/)
  const token = config.createTracker().resumptionToken
  expect(client.createTracker({ token, context: { key: 7 } as never }).trackSuccess()).toBe(true)
  expect(
    (await store.runs.usage({ groupBy: ['model'] })).map(({ group, runs }) => [group.model, runs]),
  ).toEqual([
    ['', 1],
    ['fallback', 1],
  ])
  expect(warnings).toEqual([])
})

test('a token of a megabyte is refused with its reason and without its text', () => {
  const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
  const resume = () => resumeTracker({ sink, token: 'e'.repeat(1_000_000) })
  expect(resume).toThrow(/^Invalid resumption token: .{10,200}$/)
})
