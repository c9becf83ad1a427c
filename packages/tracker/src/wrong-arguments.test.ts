import { describe, expect, test } from 'vitest'
import { desk } from '../test/support.ts'
import { createTracker, resumeTracker } from './index.ts'

/** The warning of a call with an argument that its types forbid. */
function warningOf(method: string, ...values: readonly unknown[]): string | undefined {
  const { tracker, sink, warnings } = desk()
  const methods = tracker as unknown as Record<string, (...values: readonly unknown[]) => boolean>
  expect(methods[method]?.(...values)).toBe(false)
  expect(sink.events).toEqual([])
  return warnings[0]
}

describe('the usage of an SDK is refused, with what translates it', () => {
  test.each([
    [{ prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 }, 'usageFromOpenAI(usage)'],
    [{ input_tokens: 5, output_tokens: 6 }, 'usageFromAnthropic(usage)'],
    [{ inputTokens: 5, outputTokens: 6, totalTokens: 11 }, 'usageFromBedrock(usage)'],
    [{ promptTokens: 5, completionTokens: 6 }, 'usageFromAiSdk(usage)'],
    [{ promptTokenCount: 5, candidatesTokenCount: 6 }, 'usageFromGoogle(usage)'],
  ])('%o', (usage, advice) => {
    const warning = warningOf('trackTokens', usage)
    expect(warning).toContain('input must be a whole number of tokens')
    expect(warning).toContain(advice)
  })

  test('other values get no advice', () => {
    expect(warningOf('trackTokens', { input: -5, output: 0, total: 0 })).not.toContain('looks like')
    expect(warningOf('trackTokens', 12)).toContain('usage must be an object { input, output, total }')
  })
})

test.each([
  ['trackFeedback', ['positive'], 'it must be an object such as { kind: \'positive\' } (got "positive")'],
  ['trackToolCall', ['search'], 'it must be an object such as { name: \'search\' } (got "search")'],
  ['trackScore', ['tone', 0.8], 'it must be an object such as { score: 0.8 } (got 0.8)'],
])('%s(%j) shows the form that it takes', (method, values, problem) => {
  expect(warningOf(method, ...values)).toContain(problem)
})

test.each(['run', 'trackDurationOf', 'trackMetricsOf', 'trackStreamMetricsOf'])(
  '%s of a call that has begun is refused, and records nothing',
  async method => {
    const { tracker, sink } = desk()
    const methods = tracker as unknown as Record<string, (...values: readonly unknown[]) => unknown>
    const values = method === 'trackMetricsOf' ? [() => undefined, Promise.resolve()] : [Promise.resolve()]
    expect(() => methods[method]?.(...values)).toThrow(/needs a function \(got a promise\). Pass \(\) =>/)
    await Promise.resolve()
    expect(sink.events).toEqual([])
  },
)

test('a repeat names what creates another tracker', () => {
  const { tracker, warnings } = desk({ fromConfig: false })
  tracker.trackSuccess()
  tracker.trackSuccess()
  expect(warnings[0]).toContain('Create another tracker for a new run.')
})

test('without arguments', () => {
  const create = createTracker as unknown as () => unknown
  const resume = resumeTracker as unknown as () => unknown
  expect(create).toThrow('Cannot create a tracker: configKey must be a string')
  expect(resume).toThrow('Invalid resumption token: it is empty')
})
