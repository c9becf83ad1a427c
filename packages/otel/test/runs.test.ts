import type { RunEvent } from '@runtape/core'
import { expect, test } from 'vitest'
import { modelCall, record, setUp } from './set-up.ts'

const given = setUp()

const event: RunEvent = {
  kind: 'run-event',
  runId: 'run-1',
  metric: 'call:b7ad6b7169203331',
  value: { status: 'success', durationMs: 1 },
  at: 1,
  configKey: 'support',
  variationKey: 'b',
  version: 3,
  modelName: '',
  providerName: '',
}

test('a model call has the config of its run as prompt, if the events of the run come here', () => {
  const sink = given.trace()
  sink.append(event)
  sink.append(modelCall({ runId: 'run-1' }))
  sink.append(modelCall({ runId: 'run-2' }))
  expect(given.spans().map(({ attributes }) => attributes['gen_ai.prompt.name'])).toEqual([
    'support',
    undefined,
  ])
  expect(given.spans()[0]?.attributes['gen_ai.prompt.version']).toBe('3')
})

test.each(['cancelled', 'abandoned'] as const)(
  'the finish reason of a stream that was %s says so',
  status => {
    const { metadata: _, output: __, ...left } = modelCall({ status })
    given.trace().append(left)
    expect(given.spans()[0]?.attributes['gen_ai.response.finish_reasons']).toEqual(['cancelled'])
  },
)

test('a finish reason that the model told stays, and an unfinished call has none', () => {
  const sink = given.trace()
  sink.append(modelCall({ status: 'cancelled' }))
  const { metadata: _, output: __, ...open } = modelCall({ status: 'unfinished' })
  sink.append(open)
  const reasons = given.spans().map(({ attributes }) => attributes['gen_ai.response.finish_reasons'])
  expect(reasons).toEqual([['stop'], undefined])
})

test.each([
  ['workflow', 'invoke_workflow'],
  ['retrieval', 'retrieval'],
  ['plan', 'plan'],
])('a function of type %s is the operation %s', (type, operation) => {
  given.trace().append(record({ type }))
  expect(given.spans()[0]?.name).toBe(`${operation} orders.lookup`)
  expect(given.spans()[0]?.attributes['gen_ai.operation.name']).toBe(operation)
})
