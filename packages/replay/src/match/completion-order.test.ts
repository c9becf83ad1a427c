import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { activeResources } from '../timers/active-resources.ts'
import { OrderedEnds } from './completion-order.ts'
import type { RecordedCall } from './recorded-calls.ts'

test('200,000 calls that wait for a missing one end in order', async () => {
  const template = span({ durationMs: 1 })
  const call = (at: number, parent?: RecordedCall): RecordedCall => ({
    span: { ...template, startOrder: at, endOrder: 1_000_000 + at },
    parent,
    state: 'answered',
    hasEnded: false,
    drifted: false,
    reclaimed: false,
  })
  const root: RecordedCall = { ...call(0), state: 'ran' }
  const missing: RecordedCall = { ...call(1, root), state: 'unused' }
  const calls = Array.from({ length: 200_000 }, (_, at) => call(at + 2, root))
  const ends = new OrderedEnds(() => [missing, ...calls], activeResources())
  const order: number[] = []
  const ended = calls.map(async (each, at) => {
    await ends.ready(each)
    order.push(at)
    each.hasEnded = true
    ends.happened()
  })
  await Promise.all(ended)
  expect(order).toEqual(calls.map((_, at) => at))
}, 30_000)
