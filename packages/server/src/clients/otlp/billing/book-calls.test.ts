import type { CallValue, RunEvent, TokenUsage } from '@runtape/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bookedOnce } from './book-calls.ts'
import { parentAttribute, responseIdAttribute, ToldCalls } from './told-calls.ts'

interface Told {
  readonly parent?: string | undefined
  readonly answer?: string | undefined
  readonly usage?: TokenUsage | undefined
  readonly status?: 'success' | 'error'
}

const tokens = (input: number, output = 1): TokenUsage => ({ input, output, total: input + output })

const call = (spanId: string, { parent, answer, usage, status = 'success' }: Told): RunEvent => ({
  ...{ kind: 'run-event', runId: 'r', metric: `call:${spanId}`, at: 1, configKey: '', variationKey: '' },
  ...{ version: 1, modelName: '', providerName: '' },
  value: { status, durationMs: 1, ...(usage && { usage }) },
  attributes: {
    ...(parent !== undefined && { [parentAttribute]: parent }),
    ...(answer !== undefined && { [responseIdAttribute]: answer }),
  },
})

/** A store's rule: the first value of a metric stays, another one is a conflict. */
function storedAfter(requests: readonly (readonly RunEvent[])[]) {
  const [stored, told] = [new Map<string, RunEvent>(), new ToldCalls()]
  let conflicts = 0
  for (const request of requests)
    for (const event of bookedOnce(request, told)) {
      const before = stored.get(event.metric)
      if (before && JSON.stringify(before.value) !== JSON.stringify(event.value)) conflicts++
      if (!before) stored.set(event.metric, event)
    }
  return { events: [...stored.values()], conflicts }
}

const usageIn = (event: RunEvent) => (event.value as CallValue).usage

function billOf(events: readonly RunEvent[]) {
  const sum = (of: keyof TokenUsage) => events.reduce((all, event) => all + (usageIn(event)?.[of] ?? 0), 0)
  return { input: sum('input'), output: sum('output') }
}

const isUnknown = (events: readonly RunEvent[]): boolean =>
  events.some(event => usageIn(event) === undefined && (event.value as CallValue).status !== 'error')

/** Requests with these calls: in this order, cut at these places. */
const requestsOf = (calls: readonly RunEvent[]) =>
  fc
    .tuple(fc.shuffledSubarray([...calls], { minLength: calls.length }), fc.infiniteStream(fc.boolean()))
    .map(([order, cuts]) => {
      const requests: RunEvent[][] = [[]]
      for (const event of order) {
        requests.at(-1)?.push(event)
        if (cuts.next().value) requests.push([])
      }
      return requests
    })

describe('calls that several spans tell', () => {
  const detailed = { ...tokens(5), cachedInput: 2 }
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
  const differing = [
    call('outer', { usage: tokens(5, 9) }),
    call('in', { parent: 'outer', usage: tokens(7, 2) }),
  ]
  const sums = [
    call('outer', { usage: tokens(16, 2) }),
    call('one', { parent: 'outer', usage: tokens(9) }),
    call('two', { parent: 'outer', usage: tokens(7) }),
  ]
  const twoParents = [
    call('out', { usage: tokens(7, 2) }),
    call('aside', { usage: tokens(3, 9) }),
    call('in', { parent: 'out', answer: 'y', usage: tokens(4, 4) }),
    call('same', { parent: 'aside', answer: 'y', usage: tokens(1, 7) }),
  ]
  const circle = ['a', 'b', 'c'].map((id, n) =>
    call(id, { parent: ['b', 'c', 'a'][n], usage: tokens(n + 1) }),
  )
  const retried = [
    call('outer', { usage: tokens(5) }),
    call('first', { parent: 'outer', status: 'error' }),
    call('second', { parent: 'outer', usage: tokens(5) }),
  ]

  test.each([
    ['several calls below one without tokens', embeddings, { input: 16, output: 2 }],
    ['a call below one with another answer', wrapped, { input: 8, output: 2 }],
    ['one answer, told side by side', aside, { input: 5, output: 1 }],
    ['one call with different numbers', differing, { input: 7, output: 9 }],
    ['a sum and its parts', sums, { input: 16, output: 2 }],
    ['a circle', circle, { input: 3, output: 1 }],
    ['a call and its attempts', retried, { input: 5, output: 1 }],
  ])('%s: the tokens are the same in any order, in any requests, sent again', (_, calls, bill) => {
    fc.assert(
      fc.property(requestsOf(calls), requests => {
        const { events, conflicts } = storedAfter([...requests, ...requests.toReversed(), calls])
        expect(billOf(events)).toEqual(bill)
        expect(conflicts).toBe(0)
      }),
    )
  })

  test('a call within two others, which nothing else joins, is one with them', () => {
    expect(billOf(storedAfter([twoParents]).events)).toEqual({ input: 7, output: 9 })
  })

  const chain = [
    call('a', { usage: tokens(5) }),
    call('b', { parent: 'a' }),
    call('c', { parent: 'b', usage: tokens(5) }),
  ]

  test('three in each other are one call, from the inside or the outside, one by one', () => {
    for (const order of [chain, chain.toReversed()]) {
      const { events, conflicts } = storedAfter(order.map(event => [event]))
      expect([billOf(events), conflicts]).toEqual([{ input: 5, output: 1 }, 0])
    }
  })

  test('two calls in the bill that a later span shows to be one are listed as a conflict', () => {
    const [a, b, c] = chain as [RunEvent, RunEvent, RunEvent]
    const { events, conflicts } = storedAfter([[a], [c], [b], [b], [a], [c]])
    expect([billOf(events), conflicts]).toEqual([{ input: 10, output: 2 }, 1])
  })

  test('parts of the tokens that come after the tokens are listed as a conflict', () => {
    const inner = call('in', { parent: 'out', usage: detailed })
    expect(storedAfter([[call('out', { usage: tokens(5) })], [inner], [inner]]).conflicts).toBe(1)
    expect(storedAfter([[inner], [call('out', { usage: tokens(5) })]])).toMatchObject({
      events: [inner],
      conflicts: 0,
    })
  })

  test('a call without tokens makes the usage unknown, but not if another span says them', () => {
    const failed = call('in', { parent: 'out', status: 'error' })
    expect(isUnknown(storedAfter([[failed], [call('out', {})]]).events)).toBe(true)
    expect(isUnknown(storedAfter([[call('out', {}), failed]]).events)).toBe(true)
    expect(
      isUnknown(storedAfter([[call('in', { parent: 'out', usage: tokens(5) }), call('out', {})]]).events),
    ).toBe(false)
    const [outer, one] = [call('out', {}), call('one', { parent: 'out' })]
    const two = call('two', { parent: 'out', usage: tokens(5) })
    fc.assert(
      fc.property(requestsOf([outer, one, two]), requests => {
        expect(isUnknown(storedAfter(requests).events)).toBe(true)
      }),
    )
  })

  /** Calls with any parents and answers, also in circles. */
  const anyCalls = fc
    .array(
      fc.record({
        parent: fc.option(fc.integer({ min: 0, max: 7 }).map(String), { nil: undefined }),
        answer: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
        usage: fc.option(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 9 })), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map(all =>
      all.map(({ usage, ...told }, n) => call(String(n), { ...told, usage: usage && tokens(...usage) })),
    )

  test('any calls: never less than at once, and more only with a conflict', () => {
    const cases = anyCalls.chain(calls => fc.tuple(fc.constant(calls), requestsOf(calls)))
    fc.assert(
      fc.property(cases, ([calls, requests]) => {
        const whole = billOf(storedAfter([calls]).events)
        const { events, conflicts } = storedAfter(requests)
        const bill = billOf(events)
        expect(bill.input).toBeGreaterThanOrEqual(whole.input)
        expect(bill.output).toBeGreaterThanOrEqual(whole.output)
        if (conflicts === 0) expect(bill).toEqual(whole)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['beside each other', (n: number): Told => ({ parent: 'root', answer: `${n}`, usage: tokens(1) })],
    ['in one chain', (n: number): Told => ({ parent: `${n + 1}`, usage: tokens(1) })],
    ['below one call', (n: number): Told => ({ ...(n > 0 && { parent: '0' }), usage: tokens(1) })],
    // A busy machine can disturb one measurement, but makes no square of all of them.
  ])('the work grows with the calls: %s', { retry: 5 }, (_, told) => {
    const timeOf = (length: number): number => {
      const calls = Array.from({ length }, (_, n) => call(`${n}`, told(n)))
      const start = performance.now()
      bookedOnce(calls, new ToldCalls())
      return performance.now() - start
    }
    timeOf(10_000)
    const [few, many] = [10_000, 80_000].map(length => Math.min(...[1, 2, 3].map(() => timeOf(length))))
    // Eight times the calls; in proportion to their square it would be 64 times.
    expect((many ?? 0) / (few ?? 1)).toBeLessThan(40)
  })
})
