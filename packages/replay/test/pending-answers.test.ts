import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { SpanRecord } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { replay, sameOutput } from '../src/index.ts'
import { recordAndReplay } from './record-and-replay.ts'
import { recording } from './recording.ts'
import { newTape } from './tape.ts'

/** The span as recorded by a process that ended during the call with this key. */
const unfinished = (key: string) => (span: SpanRecord) => {
  if (span.key !== key) return span
  const { output, error: _, ...rest } = span
  const isStream = !['value', 'promise'].includes(span.resultKind)
  return { ...rest, status: 'unfinished' as const, ...(isStream && output && { output }) }
}

describe('a call that was unfinished when the process ended', () => {
  test('stays pending, so that its competitor wins again', async () => {
    const { store, tracer, keep } = recording()
    const slow = tracer.traced('slow', { mockOnReplay: true }, async () => 'slow')
    const fast = tracer.traced('fast', { mockOnReplay: true }, async () => 'fast')
    const fn = tracer.traced('fn', async () => Promise.race([slow(), fast().then(name => `${name} won`)]))
    await fn()
    await keep(span =>
      unfinished('slow')(span.key === 'fn' ? { ...span, output: { json: '"fast won"' } } : span),
    )
    const { items, summary } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]).toMatchObject({ result: 'fast won', same: true })
    expect(items[0]?.mocks).toMatchObject({ served: [{}, {}], missed: [] })
    expect(items[0]?.diff).toMatchObject({ added: [], removed: [], changed: [] })
    expect(summary.pass).toBe(true)
    const made = await store.traces.get(items[0]?.traceId ?? '')
    expect(made?.spans.find(({ key }) => key === 'slow')?.status).toBe('unfinished')
  })

  test('as a whole trace is unknown if it now ends, and failed if it throws', async () => {
    const { store, tracer, keep } = recording()
    let problem: Error | undefined
    const fn = tracer.traced('fn', async () => {
      if (problem) throw problem
      return 'done'
    })
    await fn()
    await keep(unfinished('fn'))
    const options = { store, evaluators: [sameOutput()] }
    const { items, summary } = await replay(fn, options)
    const reason = 'the recorded call had not ended when its process did'
    expect(items[0]).toMatchObject({ outcome: 'unknown', reason, scores: {} })
    expect(items[0]?.scoreErrors?.['same-output']).toContain(reason)
    expect(summary.pass).toBe(false)
    problem = new Error('boom')
    expect((await replay(fn, options)).items[0]).toMatchObject({ outcome: 'failed', reason: 'boom' })
  })

  test('of a stream passes its chunks, then stays pending', async () => {
    const { store, tracer, keep } = recording()
    const words = tracer.traced('words', { mockOnReplay: true }, async function* () {
      yield 'a'
      yield 'b'
    })
    const read: string[] = []
    const fn = tracer.traced('fn', async () => {
      const { promise: done, resolve } = Promise.withResolvers()
      const reading = (async () => {
        for await (const word of words()) {
          read.push(word)
          if (word === 'b') setTimeout(() => resolve('done'), 20)
        }
        return 'read to its end'
      })()
      return Promise.race([reading, done])
    })
    await fn()
    await keep(unfinished('words'))
    read.length = 0
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]?.result).toBe('done')
    expect(read).toEqual(['a', 'b'])
  })

  test('that is a stream of the web or of Node stays pending too', async () => {
    const { store, tracer, keep } = recording()
    const web = tracer.traced('web', { mockOnReplay: true }, () => new Blob(['abc']).stream())
    const fn = tracer.traced('fn', async () => {
      const reader = web().getReader()
      const { value } = await reader.read()
      const end = reader.read().then(({ done }) => done)
      const soon = new Promise(resolve => setTimeout(() => resolve('pending'), 20))
      return [new TextDecoder().decode(value), await Promise.race([end, soon])]
    })
    await fn()
    await keep(unfinished('web'))
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]?.result).toEqual(['abc', 'pending'])
  })

  test('is a miss once the code waits for nothing else, even with a time limit', async () => {
    const { store, tracer, keep } = recording()
    const slow = tracer.traced('slow', { mockOnReplay: true }, async () => 'slow')
    const idle = tracer.traced('idle', { mockOnReplay: true }, async () => 'idle')
    const fn = tracer.traced('fn', async () => {
      void idle()
      return slow()
    })
    await fn()
    await keep(span => unfinished('slow')(unfinished('idle')(span)))
    for (const limit of [{}, { itemTimeoutMs: 60_000 }]) {
      const { items } = await replay(fn, { store, mock: 'marked', ...limit })
      expect(items[0]?.error).toContain("'slow'")
      expect(items[0]?.error).toContain('had not ended')
      // An unawaited call stays pending.
      expect(items[0]?.mocks).toMatchObject({ served: [{ key: 'idle' }], missed: [{ key: 'slow' }] })
    }
  })

  test('is still waited for by code that catches the miss', async () => {
    const { store, tracer, keep } = recording()
    const slow = tracer.traced('slow', { mockOnReplay: true }, async (id: number) => id)
    const fn = tracer.traced('fn', async () => [await slow(1).catch(() => 'none'), await slow(2)])
    await fn()
    await keep(unfinished('slow'))
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]?.mocks.missed).toMatchObject([{ key: 'slow' }, { key: 'slow' }])
  })

  test('is a miss even with an endless unreferenced timer', async () => {
    const { store, tracer, keep } = recording()
    const slow = tracer.traced('slow', { mockOnReplay: true }, async () => 'slow')
    const fn = tracer.traced('fn', async () => {
      const beat = setInterval(() => {}, 10).unref()
      return slow().finally(() => clearInterval(beat))
    })
    await fn()
    await keep(unfinished('slow'))
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]?.mocks.missed).toMatchObject([{ key: 'slow' }])
  })

  test('of a stream is a miss after its chunks, too', async () => {
    const { store, tracer, keep } = recording()
    const words = tracer.traced('words', { mockOnReplay: true }, async function* () {
      yield 'a'
    })
    const read: string[] = []
    const fn = tracer.traced('fn', async () => {
      for await (const word of words()) read.push(word)
    })
    await fn()
    await keep(unfinished('words'))
    read.length = 0
    const { items } = await replay(fn, { store, mock: 'marked', itemTimeoutMs: 60_000 })
    expect(read).toEqual(['a'])
    expect(items[0]?.mocks.missed).toMatchObject([{ key: 'words' }])
  })

  test.each([
    [
      'an unreferenced timer',
      'immediate' as const,
      () => new Promise(resolve => setTimeout(resolve, 400).unref()),
    ],
    [
      'a signal in recorded time',
      'recorded' as const,
      () => untilAborted(AbortSignal.timeout(400)).catch(() => {}),
    ],
    [
      'real work',
      'immediate' as const,
      () => promisify(execFile)(process.execPath, ['-e', 'setTimeout(() => {}, 400)']),
    ],
  ])('is not a miss while the code waits for %s', async (_what, timing, other) => {
    const { store, tracer, keep } = recording()
    const slow = tracer.traced('slow', { mockOnReplay: true }, async () => 'slow')
    const fn = tracer.traced('fn', async () =>
      Promise.race([slow().then(() => new Promise(() => {})), other()]),
    )
    const done = fn().then(() => 'done')
    expect(await done).toBe('done')
    await keep(unfinished('slow'))
    const { items } = await replay(fn, { store, mock: 'marked', timing })
    expect(items[0]).toMatchObject({ error: null, mocks: { served: [{ key: 'slow' }], missed: [] } })
  })

  test('that is synchronous cannot wait, and is a miss', async () => {
    const { store, tracer, keep } = recording()
    const compute = tracer.traced('compute', { mockOnReplay: true }, () => 1)
    const fn = tracer.traced('fn', () => compute())
    fn()
    await keep(unfinished('compute'))
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]?.mocks.missed[0]?.reason).toContain('had not ended')
  })
})

/** Fails when the signal is aborted, as most clients do. */
const untilAborted = (signal: AbortSignal, error?: () => Error) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(error ? error() : signal.reason))
  })

describe('an aborted call', () => {
  test('waits for its signal, and rejects with its reason', async () => {
    const tape = newTape()
    const ask = tape.tracer.traced(
      'ask',
      { mockOnReplay: true },
      async (_question: string, { signal }: { signal: AbortSignal }) => untilAborted(signal),
    )
    const fn = tape.tracer.traced('fn', async () => {
      const controller = new AbortController()
      const events: string[] = []
      const asking = ask('why?', { signal: controller.signal }).catch(error => {
        events.push(`aborted: ${error === controller.signal.reason}`)
      })
      await new Promise(resolve => setTimeout(resolve, 20))
      events.push('timer')
      controller.abort(new Error('the user left'))
      await asking
      return events
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ result: ['timer', 'aborted: true'], same: true, mocks: { missed: [] } })
  })

  test('with its own error rejects with that error, and only then', async () => {
    class UserAbortError extends Error {}
    const tape = newTape()
    const ask = tape.tracer.traced('ask', { mockOnReplay: true }, (signal: AbortSignal) =>
      untilAborted(signal, () => new UserAbortError('request was aborted')),
    )
    let abortAfterMs = 10
    const fn = tape.tracer.traced('fn', async () => {
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(), abortAfterMs)
      const other = new Promise(resolve => setTimeout(() => resolve('waited'), 40))
      const asked = ask(controller.signal).catch(error => error instanceof UserAbortError)
      return await Promise.race([asked, other]).finally(() => clearTimeout(timer))
    })
    expect(await recordAndReplay(tape, fn, { mock: 'marked' })).toMatchObject({ result: true, same: true })
    const [{ traceId = '' } = {}] = (await tape.store.traces.list()).items
    abortAfterMs = 10_000
    const { items } = await replay(fn, { store: tape.store, mock: 'marked', traceIds: [traceId] })
    expect(items[0]).toMatchObject({ result: 'waited', mocks: { missed: [] } })
  })

  test('is a miss once nothing is left to abort its signal', async () => {
    const tape = newTape()
    const ask = tape.tracer.traced('ask', { mockOnReplay: true }, async (signal: AbortSignal) =>
      untilAborted(signal),
    )
    let aborts = true
    const fn = tape.tracer.traced('fn', async () => {
      const controller = new AbortController()
      const asked = ask(controller.signal)
      if (aborts) controller.abort()
      return asked
    })
    const stops = () => {
      aborts = false
    }
    const item = await recordAndReplay(tape, fn, { mock: 'marked', itemTimeoutMs: 60_000 }, stops)
    expect(item.mocks.missed).toMatchObject([{ key: 'ask', reason: expect.stringContaining('signal') }])
  })

  test('in the middle of its stream waits for the signal after its chunks', async () => {
    const tape = newTape()
    const words = tape.tracer.traced('words', { mockOnReplay: true }, async function* (signal: AbortSignal) {
      yield 'a'
      await untilAborted(signal)
    })
    const fn = tape.tracer.traced('fn', async () => {
      const controller = new AbortController()
      const events: string[] = []
      const abort = () => {
        events.push('abort')
        controller.abort()
      }
      try {
        for await (const word of words(controller.signal)) {
          events.push(word)
          // Set after the word arrives: on a busy machine the word may take longer than any timer.
          setTimeout(abort, 20)
        }
      } catch (error) {
        events.push((error as Error).name)
      }
      return events
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ result: ['a', 'abort', 'AbortError'], same: true })
  })

  test('that now has no signal is a miss', async () => {
    const tape = newTape()
    let passesOn = true
    const ask = tape.tracer.traced('ask', { mockOnReplay: true }, async (signal?: AbortSignal) =>
      signal ? untilAborted(signal) : 'answered',
    )
    const fn = tape.tracer.traced('fn', async () => {
      const { signal } = AbortSignal.abort(new Error('before')) as unknown as { signal?: AbortSignal }
      const aborted = signal ?? AbortSignal.timeout(5)
      return ask(passesOn ? aborted : undefined)
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' }, () => {
      passesOn = false
    })
    expect(item.error).toContain('was aborted by a signal, and this call has none')
    expect(item.mocks.missed).toHaveLength(1)
  })
})
