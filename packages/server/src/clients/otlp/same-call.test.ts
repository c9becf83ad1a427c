import type { RunEvent, TokenUsage } from '@runtape/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parentAttribute, responseIdAttribute, withoutTwins } from './same-call.ts'

interface Told {
  readonly parent?: string
  readonly answer?: string
  readonly usage?: TokenUsage | undefined
}

const tokens = (input: number): TokenUsage => ({ input, output: 1, total: input + 1 })

const call = (spanId: string, { parent, answer, usage }: Told): RunEvent => ({
  ...{ kind: 'run-event', runId: 'r', metric: `call:${spanId}`, at: 1, configKey: '', variationKey: '' },
  ...{ version: 1, modelName: '', providerName: '' },
  value: { status: 'success', durationMs: 1, ...(usage && { usage }) },
  attributes: {
    ...(parent !== undefined && { [parentAttribute]: parent }),
    ...(answer !== undefined && { [responseIdAttribute]: answer }),
  },
})

/** What the store has of the calls after these requests. */
function storedAfter(requests: readonly (readonly RunEvent[])[]): RunEvent[] {
  const stored: RunEvent[] = []
  for (const request of requests)
    for (const event of withoutTwins(request, stored))
      if (!stored.some(({ metric }) => metric === event.metric)) stored.push(event)
  return stored
}

const inputOf = (events: readonly RunEvent[]): number =>
  events.reduce((sum, { value }) => sum + ((value as { usage?: TokenUsage }).usage?.input ?? 0), 0)

describe('calls that two instrumentations tell', () => {
  const embeddings = [
    call('outer', {}),
    call('one', { parent: 'outer', usage: tokens(9) }),
    call('two', { parent: 'outer', usage: tokens(7) }),
  ]
  const wrapped = [
    call('agent', { answer: 'a-1', usage: tokens(5) }),
    call('own', { parent: 'agent', answer: 'a-2', usage: tokens(3) }),
    call('inner', { parent: 'own', answer: 'a-2' }),
  ]
  const aside = [
    call('langchain', { parent: 'x', answer: 'a-1', usage: tokens(5) }),
    call('openai', { parent: 'y', answer: 'a-1', usage: tokens(5) }),
  ]

  test.each([
    ['several calls below one without tokens', embeddings, 16],
    ['a call below one with another answer', wrapped, 8],
    ['one answer, told side by side', aside, 5],
  ])('%s: the tokens are the same in any order, in any requests, sent again', (_, events, input) => {
    const orders = fc.shuffledSubarray([...events], { minLength: events.length })
    fc.assert(
      fc.property(orders, fc.boolean(), (order, isOneRequest) => {
        const requests = isOneRequest ? [order] : order.map(event => [event])
        expect(inputOf(storedAfter([...requests, ...requests, order]))).toBe(input)
      }),
    )
  })

  test('in one request, the one that says most of its tokens is billed', () => {
    const detailed = { ...tokens(5), cachedInput: 2 }
    const [outer, inner] = [call('a', { usage: tokens(5) }), call('b', { parent: 'a', usage: detailed })]
    for (const order of [
      [outer, inner],
      [inner, outer],
    ])
      expect(withoutTwins(order, []).map(({ metric }) => metric)).toEqual(['call:b'])
  })

  test('20,000 calls of one run take less than two seconds', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => call(`${n}`, { parent: 'root', answer: `${n}` }))
    const start = performance.now()
    expect(withoutTwins(many, many.slice(0, 10_000))).toHaveLength(20_000)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
