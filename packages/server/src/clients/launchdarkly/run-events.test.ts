import { describe, expect, test } from 'vitest'
import { contextOf } from './context-of.ts'
import { readEvents } from './run-events.ts'

const data = {
  runId: 'run-1',
  configKey: 'support-answer',
  variationKey: 'formal',
  version: 3,
  modelName: 'm',
  providerName: 'p',
}
const ann = { kind: 'user', key: 'ann' }

/** An event as an SDK sends it. */
const custom = (key: string, metricValue: unknown, more: object = {}, fields: object = {}) => ({
  ...{ kind: 'custom', creationDate: 1_790_000_000_000, key, context: ann, metricValue },
  ...{ data: { ...data, ...more }, ...fields },
})
const tokens = (part: string, count: unknown, more: object = {}) =>
  custom(`$ld:ai:tokens:${part}`, count, more)
const read = (...events: readonly unknown[]) => readEvents(events, 'payload')
const valuesOf = (...events: readonly unknown[]) =>
  read(...events).events.map(({ metric, value }) => [metric, value])

describe('tokens of one run in one request', () => {
  test('are one value', () => {
    expect(valuesOf(tokens('total', 11), tokens('input', 5), tokens('output', 6))).toEqual([
      ['tokens', { input: 5, output: 6, total: 11 }],
    ])
  })

  test('of several runs, mixed, are one value each', () => {
    const other = { runId: 'run-2' }
    expect(
      valuesOf(
        tokens('total', 11),
        tokens('total', 3, other),
        tokens('input', 5),
        tokens('output', 6),
        tokens('input', 3, other),
      ),
    ).toEqual([
      ['tokens', { input: 5, output: 6, total: 11 }],
      ['tokens', { input: 3, output: 0, total: 3 }],
    ])
  })

  test('sent twice are two values, of which the store counts the first', () => {
    const once = [tokens('total', 11), tokens('input', 5), tokens('output', 6)]
    expect(valuesOf(...once, tokens('total', 20), tokens('input', 9), tokens('output', 11))).toHaveLength(2)
  })

  test.each([
    ['no total', [tokens('input', 5), tokens('output', 6)], { input: 5, output: 6, total: 11 }],
    ['no input', [tokens('total', 11), tokens('output', 6)], { input: 5, output: 6, total: 11 }],
    [
      'a total with other tokens',
      [tokens('total', 20), tokens('input', 5), tokens('output', 6)],
      { input: 5, output: 6, total: 20 },
    ],
  ])('with %s', (_, events, usage) => {
    expect(valuesOf(...events)).toEqual([['tokens', usage]])
  })

  test.each([
    ['a total alone', [tokens('total', 11)]],
    ['an input alone', [tokens('input', 11)]],
    ['more input than total', [tokens('total', 11), tokens('input', 12)]],
    ['a text', [tokens('total', '11'), tokens('input', '5'), tokens('output', '6')]],
    ['a negative number', [tokens('total', 1), tokens('input', -5), tokens('output', 6)]],
  ])('%s is no usage, and never zero', (_, events) => {
    expect(read(...events)).toMatchObject({ events: [], unusable: 1 })
  })
})

test.each([
  ['$ld:ai:duration:total', 812, ['duration', 812]],
  ['$ld:ai:tokens:ttf', 120, ['time-to-first-token', 120]],
  ['$ld:ai:generation:success', 1, ['outcome', { status: 'success' }]],
  ['$ld:ai:generation:error', 1, ['outcome', { status: 'error' }]],
  ['$ld:ai:feedback:user:positive', 1, ['feedback', { kind: 'positive' }]],
  ['$ld:ai:feedback:user:negative', 1, ['feedback', { kind: 'negative' }]],
  ['$ld:ai:judge:relevance', 0.5, ['score:$ld:ai:judge:relevance', { score: 0.5 }]],
  ['my-metric', -1, ['score:my-metric', { score: -1 }]],
])('%s is recorded as it is', (name, value, expected) => {
  expect(valuesOf(custom(name, value))).toEqual([expected])
})

test('facts of the model, the graph and the judge are attributes', () => {
  const more = {
    modelKey: 'OpenAI.gpt-5',
    modelVersion: 2,
    graphKey: 'desk',
    judgeConfigKey: 'tone',
    secret: 'x',
  }
  expect(read(custom('$ld:ai:judge:tone', 1, more)).events[0]?.attributes).toEqual({
    ...{ modelKey: 'OpenAI.gpt-5', modelVersion: 2, graphKey: 'desk', judgeConfigKey: 'tone' },
  })
})

test('a tool call has the same name when its request is sent again, and another in another request', () => {
  const event = custom('$ld:ai:tool_call', 1, { toolKey: 'search' })
  const metric = (payload: string) => readEvents([event], payload).events[0]?.metric
  expect(metric('a')).toBe(metric('a'))
  expect(metric('a')).not.toBe(metric('b'))
})

test.each([
  ['no value', custom('$ld:ai:duration:total', undefined)],
  ['a text', custom('$ld:ai:duration:total', '812')],
  ['a negative time', custom('$ld:ai:duration:total', -1)],
  ['no time of the event', custom('$ld:ai:duration:total', 1, {}, { creationDate: undefined })],
  ['a tool call without a name', custom('$ld:ai:tool_call', 1)],
  ['a name of LaunchDarkly that is not known here', custom('$ld:ai:tokens:cached', 7)],
  ['a score without a value', custom('my-metric', undefined)],
])('%s cannot be recorded, and leaves the others', (_, event) => {
  expect(read(event, custom('$ld:ai:generation:success', 1))).toMatchObject({
    events: [{ metric: 'outcome' }],
    unusable: 1,
  })
})

test('a run without a runId is counted apart', () => {
  expect(
    read(custom('$ld:ai:duration:total', 1, { runId: undefined }), custom('x', 1, { runId: '' })),
  ).toMatchObject({
    ...{ events: [], withoutRun: 2, unusable: 0, other: 0 },
  })
})

test.each([
  null,
  5,
  'text',
  [],
  {},
  { kind: 'feature' },
  { kind: 'custom', key: 'bought', data: { runId: 'run-1' } },
  { kind: 'custom', key: '$ld:ai:sdk:info', data: { configKey: 'a', version: 1, runId: 'x' } },
  { kind: 'custom', key: 5, data },
  { kind: 'custom', key: 'checkout', data: { runId: 'a', configKey: 'b', version: 1 }, metricValue: 5 },
  JSON.parse('{"kind":"custom","key":"a","__proto__":{"data":{}}}'),
])('%j is something else', event => {
  expect(read(event)).toMatchObject({ events: [], other: 1 })
})

test.each([
  [{ context: ann }, ann],
  [{ context: { ...ann, name: 'Ann', _meta: { redactedAttributes: ['name'] } } }, ann],
  [{ context: { kind: 'user', key: 'a1', anonymous: true } }, { kind: 'user', key: 'a1', anonymous: true }],
  [
    { context: { kind: 'multi', user: { key: 'a:n%n' }, org: { key: 'acme' } } },
    { kind: 'multi', key: 'org:acme:user:a%3An%25n' },
  ],
  [{ context: { kind: 'multi', user: { key: 'ann' } } }, ann],
  [{ contextKeys: { user: 'ann' } }, ann],
  [{ contextKeys: { user: 'ann', org: 'acme' } }, { kind: 'multi', key: 'org:acme:user:ann' }],
  [{ context: { kind: 'user' } }, undefined],
  [{}, undefined],
])('the context of %j', (event, context) => {
  expect(contextOf(event)).toEqual(context)
})

// Members in their order and with their forms; values are of our making.
test.each([
  [
    'Ruby, with the keys of the context only',
    `[{"kind":"custom","creationDate":1790000000000,"key":"$ld:ai:duration:total","contextKeys":{"user":"ann"},
      "data":{"runId":"run-1","variationKey":"formal","configKey":"support-answer","version":3,"modelName":"m","providerName":"p"},
      "metricValue":812}]`,
  ],
  [
    'Python, with spaces and a number with a fraction',
    `[{"kind": "custom", "creationDate": 1790000000000, "key": "$ld:ai:duration:total", "data": {"runId": "run-1",
      "variationKey": "formal", "configKey": "support-answer", "version": 3, "modelName": "m", "providerName": "p"},
      "context": {"key": "ann", "kind": "user"}, "metricValue": 812.0}]`,
  ],
  [
    'Go, without what is empty',
    `[{"kind":"custom","creationDate":1790000000000,"key":"$ld:ai:duration:total","context":{"kind":"user","key":"ann"},
      "data":{"configKey":"support-answer","modelName":"m","providerName":"p","runId":"run-1","variationKey":"formal","version":3},
      "metricValue":812}]`,
  ],
])('an event as the SDK for %s', (_, body) => {
  expect(read(...JSON.parse(body)).events).toMatchObject([
    { metric: 'duration', value: 812, runId: 'run-1', configKey: 'support-answer', version: 3, context: ann },
  ])
})
