import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { replay } from '../src/index.ts'
import { newTape } from './tape.ts'

const nothing = { added: [], removed: [], reordered: [], changed: [] }

test('a call that continues after the function returned is not removed', async () => {
  const { store, tracer, recorder } = newTape()
  const warm = tracer.traced('warm', async () => wait(20, 'warm'))
  const done: Promise<unknown>[] = []
  const fn = tracer.traced('fn', async () => void done.push(warm()))
  await fn()
  await Promise.all(done)
  await recorder.flush()
  const { items } = await replay(fn, { store, mock: 'marked' })
  expect(items[0]).toMatchObject({ same: true, diff: nothing })
})

test('a partly read generator is not removed', async () => {
  const { store, tracer, recorder } = newTape()
  const ids = tracer.traced('ids', { mockOnReplay: true }, function* () {
    for (let id = 0; ; id++) yield id
  })
  const fn = tracer.traced('fn', async () => ids().next().value)
  await fn()
  setFlagsFromString('--expose-gc')
  await wait(0)
  runInNewContext('gc')()
  await wait(0)
  await recorder.flush()
  const { items } = await replay(fn, { store, mock: 'marked' })
  expect(items[0]).toMatchObject({
    same: true,
    diff: nothing,
    mocks: { served: [{}], missed: [], unused: [] },
  })
})

test('a call of a web stream with one chunk read is not removed', async () => {
  const { store, tracer, recorder } = newTape()
  const words = tracer.traced('words', { mockOnReplay: true }, () => {
    const pull = (controller: ReadableStreamDefaultController<string>) => controller.enqueue('word')
    return new ReadableStream<string>({ pull })
  })
  const left: ReadableStreamDefaultReader<string>[] = []
  const fn = tracer.traced('fn', async () => {
    const reader = words().getReader()
    left.push(reader)
    return (await reader.read()).value
  })
  await fn()
  await left.pop()?.cancel()
  await recorder.flush()
  const { items } = await replay(fn, { store, mock: 'marked' })
  expect(items[0]).toMatchObject({ same: true, diff: nothing })
})

test('an earlier call that is no longer made is removed', async () => {
  const { store, tracer, recorder } = newTape()
  const settings = { logs: true }
  const log = tracer.traced('log', { mockOnReplay: true }, async (text: string) => text)
  const fn = tracer.traced('fn', async () => (settings.logs ? log('soon') : 'soon'))
  await fn()
  await recorder.flush()
  settings.logs = false
  const { items } = await replay(fn, { store, mock: 'marked' })
  expect(items[0]?.diff?.removed).toMatchObject([{ key: 'log' }])
})
