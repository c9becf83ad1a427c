// Started by callbacks.test.ts: a replay in which a mocked Node-style call never calls back.
import { replay } from '@runtape/replay'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'

const store = memoryStore()
const sink = {
  append: (record: never) => void store.appendSync?.([record]),
  flush: async () => {},
  close: async () => {},
}
const { traced } = createTracer({ sink })
const readFile = traced(
  'read',
  { mockOnReplay: true },
  (name: string, done: (text: string) => void): void => {
    setTimeout(() => done(`text of ${name}`), 1)
  },
)
const fn = traced('fn', (name: string) => new Promise<string>(resolve => readFile(name, resolve)))
await fn('a')
const { items, summary } = await replay(fn, { store, mock: 'marked' })
console.log(items[0]?.error)
console.log(JSON.stringify(items[0]?.mocks.served[0]?.notes))
console.log(`pass: ${summary.pass}`)
