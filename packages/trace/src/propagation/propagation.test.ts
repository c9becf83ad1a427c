import { currentFrame } from '@runtape/core/internal'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { recordingOf, replayed, servedFrom } from '../../test/recorded.ts'
import { tape } from '../../test/tape.ts'
import { currentSpan, currentTrace } from '../spans/handles.ts'
import { extractTrace, injectTrace } from './propagation.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const foreign = `00-${traceId}-${spanId}-01`

afterEach(() => vi.restoreAllMocks())

describe('injectTrace', () => {
  test('returns the running span as W3C Trace Context', () => {
    const { traced, only } = tape()
    const headers = traced('call', () => injectTrace())()
    const { traceId, spanId } = only()
    expect(headers).toEqual({
      traceparent: `00-${traceId}-${spanId}-01`,
      tracestate: `runtape=${spanId}-0`,
    })
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  test('returns nothing outside of a call, and in a replay', async () => {
    expect(injectTrace()).toEqual({})
    const { traced } = tape()
    const span = await recordingOf(() => 1, [])
    const root = traced('root', () => injectTrace())
    expect(replayed(() => servedFrom(span), root).result).toEqual({})
  })

  test('passes on the trace of another system unchanged', () => {
    expect(extractTrace({ traceparent: foreign }, injectTrace)).toEqual({ traceparent: foreign })
  })
})

describe('extractTrace', () => {
  test('makes calls children of the span that called injectTrace, in order', () => {
    const here = tape()
    const there = tape()
    const leaf = here.traced('leaf', () => 1)
    const far = there.traced('far', () => there.traced('under', () => 1)())
    const headers = here.traced('root', () => {
      leaf()
      const given = injectTrace()
      leaf()
      return given
    })()
    extractTrace(headers, far)
    const root = here.of('root')
    expect(there.of('far')).toMatchObject({ traceId: root.traceId, parentSpanId: root.spanId, seq: 1 })
    expect(there.of('far').metadata).toBeUndefined()
    expect(there.of('under').parentSpanId).toBe(there.of('far').spanId)
    expect(here.spans.map(span => span.seq)).toEqual([0, 2, 0])
  })

  test.each<[string, Parameters<typeof extractTrace>[0]]>([
    ['an object', { traceparent: foreign }],
    ['names in capitals, as in an environment', { PATH: '/bin', TRACEPARENT: foreign }],
    ['lists, as of a Node request', { traceparent: [foreign] }],
    ['Headers', new Headers({ Traceparent: foreign })],
    ['a Map', new Map([['traceparent', foreign]])],
    ['a later version with more at its end', { traceparent: `01-${traceId}-${spanId}-01-more` }],
  ])('reads %s', (_what, headers) => {
    const { traced, only } = tape()
    extractTrace(
      headers,
      traced('call', () => 1),
    )
    expect(only().traceId).toBe(traceId)
  })

  test('makes a call with an unrecorded parent a root that names the parent', () => {
    const { traced, of } = tape()
    extractTrace(
      { traceparent: foreign },
      traced('call', () => traced('under', () => 1)()),
    )
    expect(of('call')).toMatchObject({ traceId, seq: 0, metadata: { remoteParentSpanId: spanId } })
    expect(of('call').parentSpanId).toBeUndefined()
    expect(of('under')).toMatchObject({ traceId, parentSpanId: of('call').spanId })
    expect(of('under').metadata).toBeUndefined()
  })

  test('finds its parent behind intermediate systems', () => {
    const { traced, only } = tape()
    const headers = { traceparent: foreign, tracestate: `vendor=abc, runtape=00000000000000aa-3 ,other=1` }
    extractTrace(
      headers,
      traced('call', () => 1),
    )
    expect(only()).toMatchObject({ traceId, parentSpanId: '00000000000000aa', seq: 3 })
  })

  test('makes a root with asRoot, for a caller with another store', () => {
    const { traced, only } = tape()
    const headers = { traceparent: foreign, tracestate: 'runtape=00000000000000aa-3' }
    extractTrace(
      headers,
      traced('call', () => 1),
      { asRoot: true },
    )
    expect(only()).toMatchObject({ traceId, metadata: { remoteParentSpanId: '00000000000000aa' } })
    expect(only().parentSpanId).toBeUndefined()
  })

  test('ignores an invalid header, with a warning', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const bad = [
      'nonsense',
      `00-${'0'.repeat(32)}-${spanId}-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `ff-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}-01-more`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
      `00-${traceId}-${spanId}-01\n`.repeat(100),
    ]
    for (const traceparent of bad) {
      const { traced, only } = tape()
      expect(
        extractTrace(
          { traceparent },
          traced('call', () => 'result'),
        ),
      ).toBe('result')
      expect(only().traceId).not.toBe(traceId)
      expect(only().parentSpanId).toBeUndefined()
    }
    expect(warn.mock.calls.map(([message]) => String(message).includes('which is not valid'))).toEqual(
      bad.map(() => true),
    )
    expect(Math.max(...warn.mock.calls.map(([message]) => String(message).length))).toBeLessThan(300)
  })

  test('ignores an invalid tracestate, so that the call is a root', () => {
    for (const tracestate of ['runtape=zz-1', 'runtape=', `runtape=${spanId}`, `xruntape=${spanId}-1`]) {
      const { traced, only } = tape()
      extractTrace(
        { traceparent: foreign, tracestate },
        traced('call', () => 1),
      )
      expect(only().parentSpanId).toBeUndefined()
      expect(only().traceId).toBe(traceId)
    }
  })

  test('just runs without a header', () => {
    for (const headers of [{}, undefined as never, null as never, new Headers()]) {
      expect(extractTrace(headers, currentFrame)).toBeUndefined()
    }
  })

  test('keeps a dropped trace dropped in another process', () => {
    const { traced, spans } = tape()
    const headers = traced('secret', () => {
      currentTrace()?.drop()
      return injectTrace()
    })()
    expect(headers.traceparent).toMatch(/-00$/)
    expect(
      extractTrace(
        headers,
        traced('far', () => 'result'),
      ),
    ).toBe('result')
    expect(spans).toEqual([])
    extractTrace(
      { traceparent: foreign.replace(/01$/, '00') },
      traced('unsampled elsewhere', () => 1),
    )
    expect(spans).toHaveLength(1)
  })

  test('provides no handle of the remote call, but one of the local part of the trace', () => {
    const { traced, only } = tape()
    const headers = { traceparent: foreign, tracestate: `runtape=${spanId}-0` }
    extractTrace(headers, () => {
      expect([currentSpan(), currentTrace()]).toEqual([undefined, undefined])
      traced('call', () => currentTrace()?.addTags('here'))()
    })
    expect(only().tags).toEqual(['here'])
  })

  test('does not affect a replay, whose calls stay in the recorded trace', async () => {
    const { traced } = tape()
    const span = await recordingOf(() => 'recorded', [])
    const child = traced('child', () => 'live')
    const root = traced('root', () => extractTrace({ traceparent: foreign }, child))
    const { result, spans } = replayed(() => servedFrom(span), root)
    expect(result).toBe('recorded')
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  })
})
