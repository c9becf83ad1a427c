import { expect, test } from 'vitest'
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
