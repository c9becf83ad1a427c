import { expect, test } from 'vitest'
import type { IsolatedItem } from '../src/options.ts'
import { replay } from '../src/run/replay.ts'
import { newTape } from './tape.ts'

/** Replays one trace in isolated attempts, one with each of these lists of late errors. */
async function lateErrorsOf(late: readonly (readonly string[] | undefined)[]) {
  const { store, recorder, tracer } = newTape()
  const fn = tracer.traced('fn', async (id: string) => id)
  await fn('a')
  await recorder.flush()
  const [item] = (await replay(fn, { store })).items
  if (!item) throw new Error('nothing was replayed')
  const left = [...late]
  const isolate = async () => {
    const lateErrors = left.shift()
    return { ...item, traceId: null, ...(lateErrors && { lateErrors }) }
  }
  const { items } = await replay(fn, { store, isolate, attempts: late.length })
  return items.map(each => each.lateErrors)
}

test.each([
  [[['first'], undefined], ['first']],
  [
    [undefined, ['second'], ['third', 'fourth']],
    ['second', 'third', 'fourth'],
  ],
  [[undefined, undefined], undefined],
  [[['only']], ['only']],
])('late events of attempts in other processes are on the item: %j', async (late, expected) => {
  expect(await lateErrorsOf(late)).toEqual([expected])
})

test('an item whose code did not start before the stop counts as not run; further attempts are numbered', async () => {
  const { store, recorder, tracer } = newTape()
  const fn = tracer.traced('fn', async (id: string) => id)
  for (const id of ['a', 'b']) await fn(id)
  await recorder.flush()
  const [item] = (await replay(fn, { store, limit: 1 })).items
  if (!item) throw new Error('nothing was replayed')
  const seen: number[] = []
  const isolate = async ({ attempt, source }: IsolatedItem) => {
    seen.push(attempt)
    const replayed = { ...item, sourceTraceId: source.traceId, traceId: null }
    return source.traceId === item.sourceTraceId && attempt < 3 ? replayed : undefined
  }
  const { items, summary } = await replay(fn, { store, isolate, attempts: 3, maxConcurrency: 1 })
  expect(seen.sort()).toEqual([1, 1, 2, 3])
  expect(items.map(({ attempts = [] }) => attempts.length)).toEqual([2])
  expect(summary).toMatchObject({ total: 2, notRun: 1, pass: false })
})
