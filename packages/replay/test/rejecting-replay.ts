// Started by unhandled-rejections.test.ts: replayed code with unhandled rejections.
import { replay } from '@runtape/replay'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'

const store = memoryStore()
const sink = {
  append: (record: never) => void store.appendSync?.([record]),
  flush: async () => {},
  close: async () => {},
}
const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const { traced } = createTracer({ sink })
const send = traced('send', { mockOnReplay: true }, async (id: number) => id)
let mode = ''

// Not traced: only the process sees the failure.
const notify = async (id: number) => {
  await later(1)
  if (mode === 'miss') await send(id).catch(cause => Promise.reject(new Error('no mail', { cause })))
  else if (id === 2) throw new TypeError('oops')
}

const fn = traced('fn', async (id: number) => {
  if (mode) void notify(id)
  await later(10)
  return id
})
for (const id of [1, 2, 3]) await fn(id)

for (mode of ['miss', 'own']) {
  const { items } = await replay(fn, { store, mock: 'marked' })
  const ended = items.map(({ input, error, mocks }) => `${input[0]}: ${error}, ${mocks.missed.length} missed`)
  console.log(mode, ended.sort())
}
if (process.argv[2] === 'listens') {
  process.on('unhandledRejection', (reason: Error) => console.log('heard of', reason.message))
  const { summary } = await replay(fn, { store, mock: 'marked' })
  console.log(summary.completed, 'completed')
}
setTimeout(() => void Promise.reject(new Error('beside')), 5)
await replay(fn, { store, mock: 'marked' })
await later(50)
console.log('still there')
