import { AsyncResource } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CallValue, RunEvent } from '@runtape/core'
import {
  currentFrame,
  newSpanId,
  type RunCall,
  replayFrame,
  runInFrame,
  spanFrame,
} from '@runtape/core/internal'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { desk, readAll, replayInto, seenSink, type TestClock } from '../test/support.ts'
import { resumeTracker } from './index.ts'

const usage = (input: number, output: number) => ({ input, output, total: input + output })
const failure = new Error('no model')
const advice = 'Call createTracker on the AI Config for a new run.'

interface OpenCall {
  readonly spanId: string
  end(value?: Partial<CallValue>): void
}

/** What an instrumented provider does when a call starts. */
function startCall(spanId = newSpanId()): OpenCall {
  const call = currentFrame()?.run?.startCall(spanId) as RunCall
  return { spanId, end: value => call.end({ status: 'success', durationMs: 5, ...value }) }
}

/** A provider call that returns at once. */
function callModel(value: Partial<CallValue> = {}): void {
  startCall().end(value)
}

/** A provider call whose answer is streamed to its readers. */
async function* streamModel(clock: TestClock, value: Partial<CallValue> = {}): AsyncGenerator<string> {
  const call = startCall()
  for (const word of ['Hel', 'lo']) {
    clock.advance(10)
    yield word
  }
  call.end({ usage: usage(10, 2), durationMs: 20, ...value })
}

const metricsOf = (sink: { seen(): [string, unknown][] }) =>
  sink.seen().map(([metric]) => metric.replace(/:.*/, ':'))

describe('what run passes on', () => {
  test('the result, and its type, sync and async', async () => {
    const { tracker } = desk()
    const answer = { text: 'hello' }
    const sync = tracker.run(() => answer)
    const later = tracker.run(async () => answer)
    expectTypeOf(sync).toEqualTypeOf<{ text: string }>()
    expectTypeOf(later).toEqualTypeOf<Promise<{ text: string }>>()
    expect([sync === answer, (await later) === answer]).toEqual([true, true])
  })

  test('a promise subclass with its methods, not started', async () => {
    class Own<T> extends Promise<T> {
      headers(): string {
        return 'x-request-id: 1'
      }
    }
    const { tracker, sink } = desk()
    const promise = tracker.run(() => Own.resolve(7) as Own<number>)
    expectTypeOf(promise).toEqualTypeOf<Own<number>>()
    expect([promise.headers(), sink.seen()]).toEqual(['x-request-id: 1', []])
    expect([await promise, metricsOf(sink)]).toEqual([7, ['duration', 'outcome']])
  })

  test('the same error, sync and async', async () => {
    const failing = () => {
      throw failure
    }
    for (const fail of [() => desk().tracker.run(failing), () => desk().tracker.run(async () => failing())]) {
      const thrown = await Promise.resolve()
        .then(fail)
        .catch(error => error)
      expect(thrown).toBe(failure)
    }
  })
})

describe('an agent loop', () => {
  test('is one run: tokens summed, the first token of the first call, the duration of the whole loop', async () => {
    const { tracker, sink, clock } = desk()
    await tracker.run(async () => {
      for (let turn = 1; turn <= 5; turn++) {
        const call = startCall()
        await null
        clock.advance(10)
        call.end({
          usage: { ...usage(turn, 1), cachedInput: 1 },
          timeToFirstTokenMs: turn * 100,
          durationMs: 10,
        })
      }
    })
    expect(metricsOf(sink)).toEqual([
      ...Array(5).fill('call:'),
      'duration',
      'time-to-first-token',
      'tokens',
      'outcome',
    ])
    expect(sink.seen().slice(5)).toEqual([
      ['duration', 50],
      ['time-to-first-token', 100],
      ['tokens', { input: 15, output: 5, total: 20, cachedInput: 5 }],
      ['outcome', { status: 'success' }],
    ])
  })

  test('records each call immediately, before the loop has ended', () => {
    const { tracker, sink } = desk()
    tracker.run(() => {
      const call = startCall('00000000000000a1')
      call.end({ usage: usage(1, 1), model: 'm' })
      const value = { status: 'success', durationMs: 5, usage: usage(1, 1), model: 'm' }
      expect(sink.seen()).toEqual([['call:00000000000000a1', value]])
    })
  })

  test('takes the first token of the call that started first, not of the one that ended first', () => {
    const { tracker } = desk()
    tracker.run(() => {
      const [first, second] = [startCall(), startCall()]
      second.end({ timeToFirstTokenMs: 1 })
      first.end({ timeToFirstTokenMs: 50 })
    })
    expect(tracker.getSummary().timeToFirstTokenMs).toBe(50)
  })

  test('without a provider call records only duration and outcome', () => {
    const { tracker, sink } = desk()
    tracker.run(() => 1)
    expect(metricsOf(sink)).toEqual(['duration', 'outcome'])
  })

  test('that throws bills the finished calls, and is an error', async () => {
    const { tracker, sink } = desk()
    const failing = tracker.run(async () => {
      callModel({ usage: usage(3, 4) })
      await null
      throw failure
    })
    await expect(failing).rejects.toBe(failure)
    expect(tracker.getSummary()).toMatchObject({
      tokens: usage(3, 4),
      outcome: { status: 'error', error: { name: 'Error', message: 'no model' } },
    })
    expect(metricsOf(sink)).toEqual(['call:', 'duration', 'tokens', 'outcome'])
  })

  test('that recovers from a failed call is a success', () => {
    const { tracker } = desk()
    tracker.run(() => {
      callModel({ status: 'error', error: { name: 'Error', message: 'overloaded', status: 529 } })
      callModel({ usage: usage(1, 1) })
    })
    expect(tracker.getSummary()).toMatchObject({ outcome: { status: 'success' }, tokens: usage(1, 1) })
  })

  test('a call that ends twice, or starts twice, counts once', () => {
    const { tracker, sink } = desk()
    tracker.run(() => {
      const call = startCall('00000000000000a1')
      const again = startCall('00000000000000a1')
      for (const end of [call, call, again]) end.end({ usage: usage(1, 1) })
    })
    expect(metricsOf(sink)).toEqual(['call:', 'duration', 'tokens', 'outcome'])
    expect(tracker.getSummary().tokens).toEqual(usage(1, 1))
  })

  test('keeps metrics that the code inside tracks itself, without a warning', () => {
    const { tracker, warnings } = desk()
    tracker.run(() => {
      tracker.trackTokens(usage(7, 7))
      tracker.trackError(failure)
      callModel({ usage: usage(1, 1) })
    })
    expect(tracker.getSummary()).toMatchObject({ tokens: usage(7, 7), outcome: { status: 'error' } })
    expect(warnings).toEqual([])
  })
})

describe('a scope lasts', () => {
  test('until a stream created inside has been read, after the function returned', async () => {
    const { tracker, sink, clock } = desk()
    const { stream } = await tracker.run(async () => {
      const words = streamModel(clock, { timeToFirstTokenMs: 10 })
      return { stream: words, first: (await words.next()).value }
    })
    expect(metricsOf(sink)).toEqual([])
    expect(await readAll(stream)).toEqual(['lo'])
    expect(tracker.getSummary()).toMatchObject({
      durationMs: 20,
      timeToFirstTokenMs: 10,
      tokens: usage(10, 2),
    })
  })

  test('until a returned generator has been read, including its calls', async () => {
    const { tracker, clock, warnings } = desk()
    const words = tracker.run(() => streamModel(clock))
    expectTypeOf(words).toEqualTypeOf<AsyncGenerator<string>>()
    clock.advance(5)
    expect(await readAll(words)).toEqual(['Hel', 'lo'])
    expect(tracker.getSummary()).toMatchObject({
      durationMs: 25,
      tokens: usage(10, 2),
      outcome: { status: 'success' },
    })
    expect(warnings).toEqual([])
  })

  test('also for a sync generator, and one that is left early is cancelled', () => {
    const { tracker, sink } = desk()
    const turns = tracker.run(function* () {
      for (let turn = 0; turn < 3; turn++) yield callModel({ usage: usage(1, 0) })
    })
    for (const _ of turns) break
    expect(sink.seen().slice(1)).toEqual([
      ['duration', 0],
      ['tokens', usage(1, 0)],
      ['outcome', { status: 'cancelled' }],
    ])
  })

  test('a generator that throws is an error', async () => {
    const { tracker } = desk()
    const words = tracker.run(async function* () {
      yield 1
      throw failure
    })
    await expect(readAll(words)).rejects.toBe(failure)
    expect(tracker.getSummary().outcome).toMatchObject({ status: 'error', error: { message: 'no model' } })
  })

  test('until a stream fails after the function returned, which makes the run an error', async () => {
    const { tracker } = desk()
    const call = await tracker.run(async () => startCall())
    call.end({ status: 'error', error: { name: 'APIError', message: 'cut off' } })
    const error = { name: 'APIError', message: 'cut off' }
    expect(tracker.getSummary().outcome).toEqual({ status: 'error', error })
  })

  test('until a stream is cancelled after the function returned, which makes the run cancelled', async () => {
    const { tracker, sink } = desk()
    const call = await tracker.run(async () => startCall())
    call.end({ status: 'cancelled', durationMs: 3 })
    expect(tracker.getSummary().outcome).toEqual({ status: 'cancelled' })
    expect(metricsOf(sink)).toEqual(['call:', 'duration', 'outcome'])
  })

  test('and an error after or before a cancelled stream makes it an error', async () => {
    for (const ends of [
      ['cancelled', 'error'],
      ['error', 'cancelled'],
    ] as const) {
      const { tracker } = desk()
      const calls = await tracker.run(async () => [startCall(), startCall()])
      for (const [index, status] of ends.entries()) calls[index]?.end({ status })
      expect(tracker.getSummary().outcome?.status).toBe('error')
    }
  })

  test('and a call that the function itself cancels leaves the run a success', async () => {
    const { tracker } = desk()
    await tracker.run(async () => {
      startCall().end({ status: 'cancelled' })
      callModel({ usage: usage(1, 1) })
    })
    expect(tracker.getSummary().outcome).toEqual({ status: 'success' })
  })

  test('for ever if a call never ends: finished calls are kept, and nothing is made up', () => {
    const { tracker, sink, warnings } = desk()
    tracker.run(() => {
      startCall()
      callModel({ usage: usage(1, 1) })
    })
    expect([metricsOf(sink), warnings]).toEqual([['call:'], []])
  })

  test('only until its last call had ended, even if that was noticed later', () => {
    const { tracker, clock } = desk()
    const call = tracker.run(() => startCall())
    clock.advance(60_000)
    call.end({ status: 'cancelled', durationMs: 30 })
    expect(tracker.getSummary().durationMs).toBe(30)
  })

  test('while a timeout continues without it', async () => {
    const { tracker, sink } = desk()
    const slow = Promise.withResolvers<string>()
    const timeout = sleep(5, 'too slow')
    expect(await Promise.race([tracker.run(() => slow.promise), timeout])).toBe('too slow')
    expect(sink.seen()).toEqual([])
    slow.resolve('at last')
    await sleep(1)
    expect(metricsOf(sink)).toEqual(['duration', 'outcome'])
  })
})

describe('after the scope is over', () => {
  test('a new call is kept with a warning and is not summed', async () => {
    const { tracker, sink, warnings } = desk()
    const { promise: go, resolve } = Promise.withResolvers<void>()
    let late: Promise<void> | undefined
    tracker.run(() => {
      callModel({ usage: usage(1, 1) })
      late = go.then(() => startCall('00000000000000ff').end({ usage: usage(9, 9) }))
    })
    resolve()
    await late
    expect(tracker.getSummary().tokens).toEqual(usage(1, 1))
    expect(sink.seen().at(-1)?.[0]).toBe('call:00000000000000ff')
    expect(warnings).toEqual([
      "Provider call 00000000000000ff started after tracker.run had ended. It is billed, but is not included in the run's metrics. Await it inside tracker.run.",
    ])
  })

  test('a second run of the tracker runs the function, adds what is missing and warns about the rest', () => {
    const { tracker, sink, warnings } = desk()
    expect(tracker.run(() => 'first')).toBe('first')
    const again = () => {
      callModel({ usage: usage(1, 1) })
      throw failure
    }
    expect(() => tracker.run(again)).toThrow(failure)
    expect(metricsOf(sink)).toEqual(['duration', 'outcome', 'call:', 'tokens'])
    expect(warnings).toEqual([
      `Skipping trackDuration: duration already recorded on this tracker. ${advice}`,
      `Skipping trackError: success/error already recorded on this tracker. ${advice}`,
    ])
  })

  test('a run in code that outlived it has its own tokens, which cover its calls', () => {
    const { tracker, sink, clock } = desk()
    let later = () => {}
    tracker.run(() => {
      later = AsyncResource.bind(() => tracker.run(() => callModel({ usage: usage(1, 1) })))
    })
    clock.advance(10)
    later()
    const calls = sink.events.filter(({ metric }) => metric.startsWith('call:'))
    const tokens = sink.events.find(({ metric }) => metric === 'tokens')
    expect(tokens?.value).toEqual(usage(1, 1))
    expect(calls.map(({ scope }) => scope)).toEqual([tokens?.scope])
  })

  test('tokens that the sink refused are not added to those of the next run', () => {
    const sink = seenSink()
    const { append } = sink
    const { tracker } = desk({ sink })
    sink.append = record => ('metric' in record && record.metric === 'tokens' ? false : append(record))
    tracker.run(() => callModel({ usage: usage(10, 2) }))
    sink.append = append
    tracker.run(() => callModel({ usage: usage(3, 1) }))
    expect(sink.seen().filter(([metric]) => metric === 'tokens')).toEqual([['tokens', usage(3, 1)]])
  })
})

describe('tokens name the calls that they cover', () => {
  /** The scope of each event that can have one; others have none. */
  const scopesOf = ({ events }: { events: readonly RunEvent[] }) => {
    const others = events.filter(({ metric }) => metric !== 'tokens' && !metric.startsWith('call:'))
    expect(others.filter(event => 'scope' in event)).toEqual([])
    const counting = events.filter(event => !others.includes(event))
    return counting.map(({ metric, scope }) => [metric.replace(/:.*/, ''), scope] as const)
  }

  test('by the scope of both, which differs in each tracker of the run', () => {
    const { tracker, sink } = desk()
    const again = seenSink()
    for (const [run, seen] of [
      [tracker, sink],
      [resumeTracker({ sink: again, token: tracker.resumptionToken }), again],
    ] as const) {
      run.run(() => {
        callModel({ usage: usage(1, 1) })
        callModel({ usage: usage(2, 2) })
      })
      const scope = seen.events[0]?.scope
      expect(scope).toMatch(/^[0-9a-f]{16}$/)
      expect(scopesOf(seen)).toEqual([
        ['call', scope],
        ['call', scope],
        ['tokens', scope],
      ])
    }
    expect(sink.events[0]?.scope).not.toBe(again.events[0]?.scope)
  })

  test('overlapping runs share a scope; later runs and calls have another', async () => {
    const { tracker, sink } = desk()
    const first = tracker.run(() => startCall())
    tracker.run(() => callModel({ usage: usage(1, 1) }))
    first.end({ usage: usage(2, 2) })
    let late: Promise<void> | undefined
    tracker.run(() => {
      callModel({ usage: usage(4, 4) })
      late = Promise.resolve().then(() => callModel({ usage: usage(8, 8) }))
    })
    await late
    const scopes = scopesOf(sink).map(([, scope]) => scope)
    expect(scopesOf(sink).map(([metric]) => metric)).toEqual(['call', 'call', 'tokens', 'call', 'call'])
    expect(new Set(scopes.slice(0, 3)).size).toBe(1)
    expect(new Set(scopes.slice(2)).size).toBe(3)
  })

  test('also tokens that the code tracks itself, inside the run and after it', () => {
    for (const isInside of [true, false]) {
      const { tracker, sink } = desk()
      tracker.run(() => {
        callModel()
        if (isInside) tracker.trackTokens(usage(7, 7))
      })
      if (!isInside) tracker.trackTokens(usage(7, 7))
      expect(sink.events.find(({ metric }) => metric === 'tokens')?.scope).toBe(sink.events[0]?.scope)
    }
  })

  test('tokens of a tracker without a run cover everything and name no scope', () => {
    const { tracker, sink } = desk()
    tracker.trackTokens(usage(7, 7))
    expect(scopesOf(sink)).toEqual([['tokens', undefined]])
  })
})

describe('nested and concurrent runs', () => {
  test('a nested run of another tracker does not affect the outer one', async () => {
    const [outer, inner] = [desk(), desk()]
    await outer.tracker.run(async () => {
      callModel({ usage: usage(1, 1) })
      await inner.tracker.run(async () => {
        await null
        callModel({ usage: usage(5, 5) })
      })
      callModel({ usage: usage(1, 1) })
    })
    expect(outer.tracker.getSummary().tokens).toEqual(usage(2, 2))
    expect(inner.tracker.getSummary().tokens).toEqual(usage(5, 5))
  })

  test('a nested run of the same tracker is part of the outer one', async () => {
    const { tracker, sink, warnings } = desk()
    await tracker.run(async () => {
      callModel({ usage: usage(1, 1) })
      await tracker
        .run(async () => callModel({ usage: usage(5, 5) }))
        .then(() => callModel({ usage: usage(1, 1) }))
      await expect(
        tracker.run(async () => {
          throw failure
        }),
      ).rejects.toBe(failure)
    })
    expect(metricsOf(sink)).toEqual(['call:', 'call:', 'call:', 'duration', 'tokens', 'outcome'])
    expect(tracker.getSummary()).toMatchObject({ tokens: usage(7, 7), outcome: { status: 'success' } })
    expect(warnings).toEqual([])
  })

  test('a nested run of the same tracker is part of the outer one, even inside the run of another', async () => {
    const [outer, inner] = [desk(), desk()]
    await outer.tracker.run(async () => {
      callModel({ usage: usage(1, 1) })
      await inner.tracker.run(async () => {
        callModel({ usage: usage(5, 5) })
        await outer.tracker.run(async () => {
          await null
          callModel({ usage: usage(20, 20) })
        })
        callModel({ usage: usage(5, 5) })
      })
    })
    expect(outer.tracker.getSummary().tokens).toEqual(usage(21, 21))
    expect(inner.tracker.getSummary().tokens).toEqual(usage(10, 10))
    expect([...outer.warnings, ...inner.warnings]).toEqual([])
  })

  test('concurrent runs of many trackers do not see each other', async () => {
    const desks = Array.from({ length: 20 }, () => desk())
    const loop = async (index: number) => {
      for (let turn = 0; turn < 3; turn++) {
        await sleep(Math.random() * 3)
        callModel({ usage: usage(index, 1) })
      }
    }
    await Promise.all(desks.map(({ tracker }, index) => tracker.run(() => loop(index))))
    expect(desks.map(({ tracker }) => tracker.getSummary().tokens)).toEqual(
      desks.map((_, index) => usage(index * 3, 3)),
    )
  })

  test('two concurrent runs of one tracker: tokens are summed when both are over, other metrics are those of the first to end', async () => {
    const { tracker, sink, warnings } = desk()
    await Promise.all([
      tracker.run(async () => callModel({ usage: usage(1, 1) })),
      tracker.run(async () => {
        await sleep(2)
        callModel({ usage: usage(5, 5) })
      }),
    ])
    expect(metricsOf(sink)).toEqual(['call:', 'duration', 'outcome', 'call:', 'tokens'])
    expect(tracker.getSummary().tokens).toEqual(usage(6, 6))
    const subjects = ['trackDuration: duration', 'trackSuccess: success/error']
    expect(warnings).toEqual(
      subjects.map(subject => `Skipping ${subject} already recorded on this tracker. ${advice}`),
    )
  })

  test('a run concurrent with one that never ends: the calls of both are kept, and no sum hides those of the other', async () => {
    const { tracker, sink } = desk()
    void tracker.run(async () => {
      callModel({ usage: usage(5, 5) })
      await new Promise(() => {})
    })
    await tracker.run(async () => callModel({ usage: usage(1, 1) }))
    expect(metricsOf(sink)).toEqual(['call:', 'call:', 'duration', 'outcome'])
  })

  test('a run keeps the span around it', () => {
    const span = { traceId: 't', spanId: 's', nextSeq: () => 0 }
    const { tracker } = desk()
    const inside = runInFrame(spanFrame(undefined, span), () => tracker.run(() => currentFrame()))
    expect([inside?.span, inside?.run?.runId]).toEqual([span, tracker.runId])
    expect(currentFrame()).toBeUndefined()
  })
})

describe('in a replay', () => {
  test('a run goes to the sink of the replay, including what ends after the frame was left', async () => {
    const { tracker, sink } = desk()
    const replayed = seenSink()
    const call = runInFrame(replayFrame(replayInto(replayed)), () => tracker.run(() => startCall()))
    call.end({ usage: usage(1, 1) })
    expect(metricsOf(replayed)).toEqual(['call:', 'duration', 'tokens', 'outcome'])
    expect(new Set(replayed.events.map(event => event.replay?.testRunId))).toEqual(new Set(['test-run']))
    expect(sink.seen()).toEqual([])
    expect(tracker.trackTokens(usage(2, 2))).toBe(true)
  })
})

describe('wrong values reported by a call', () => {
  test.each<[string, Partial<CallValue>, string]>([
    [
      'negative tokens',
      { usage: usage(-1, 2) },
      'input must be a whole number of tokens, 0 or more (got -1)',
    ],
    ['no tokens at all', { usage: usage(0, 0) }, 'all token counts are zero'],
    [
      'a first token before the request',
      { timeToFirstTokenMs: -3 },
      'it must be a finite number of milliseconds, 0 or more (got -3)',
    ],
    [
      'no duration',
      { durationMs: Number.NaN },
      'it must be a finite number of milliseconds, 0 or more (got NaN)',
    ],
  ])('%s: is omitted with a warning, and the rest is kept', (_, wrong, problem) => {
    const { tracker, sink, warnings } = desk()
    tracker.run(() => {
      startCall('00000000000000a1').end(wrong)
      callModel({ usage: usage(1, 1) })
    })
    const kept = sink.events[0]?.value as CallValue
    expect(kept).toStrictEqual({ status: 'success', durationMs: 'durationMs' in wrong ? 0 : 5 })
    expect(warnings).toEqual([`Provider call 00000000000000a1: ${problem}. The call is kept without it.`])
    expect(tracker.getSummary().tokens).toEqual(usage(1, 1))
  })

  test('sums that no number can hold are refused; the calls are kept', () => {
    const { tracker, sink, warnings } = desk()
    const huge = { input: Number.MAX_SAFE_INTEGER, output: 0, total: Number.MAX_SAFE_INTEGER }
    tracker.run(() => {
      callModel({ usage: huge })
      callModel({ usage: huge })
    })
    expect(metricsOf(sink)).toEqual(['call:', 'call:', 'duration', 'outcome'])
    expect(warnings).toHaveLength(1)
  })
})

describe('a generator that is not read to its end', () => {
  test('ends its scope at its last step, without an outcome, even if the function references it', () => {
    const script = `
      import { createTracker } from '@runtape/tracker'
      import { setTimeout as sleep } from 'node:timers/promises'
      const seen = []
      let time = 0
      const tracker = createTracker({
        sink: { append: ({ metric, value }) => void seen.push([metric, value]) },
        clock: { now: () => time, monotonic: () => time },
        configKey: 'c',
      })
      await (async () => {
        const words = (async function* () { time += 10; yield 1; yield 2 })()
        await tracker.run(() => words).next()
      })()
      time += 1000
      for (let i = 0; i < 5; i++) { await sleep(2); gc() }
      console.log(JSON.stringify(seen))`
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const args = ['--expose-gc', '--input-type=module', '--eval', script]
    const { stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
    expect(JSON.parse(stdout)).toEqual([['duration', 10]])
  })
})
