// Started by process-ends.test.ts: replayed code that tries to end its process, as selected by the argument.
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { exit } from 'node:process'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
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

// Item 2 has ended when its code fails, and item 3 has not.
const [isOver, hasFailed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
const never = () => new Promise(() => {})
const ways: Record<string, () => unknown> = {
  timer: () => setTimeout(() => fail('in a timer'), 1),
  immediate: () => setImmediate(() => fail('in an immediate')),
  tick: () => process.nextTick(() => fail('in a tick')),
  microtask: () => queueMicrotask(() => fail('in a microtask')),
  stream: () => new Readable({ read: () => {} }).destroy(new Error('of a stream')),
  emitter: () => setTimeout(() => new EventEmitter().emit('error', new Error('of an emitter')), 1),
  rejection: () => void Promise.reject(new Error('rejected')),
  read: () => void readFile('/no/such/file'),
  digest: () => void crypto.subtle.digest('no such algorithm', new Uint8Array(1)),
  turn: () => {
    const aborting = new AbortController()
    void turn(1, { signal: aborting.signal })
    aborting.abort()
  },
  exit: () => process.exit(3),
  imported: () => setTimeout(() => exit(4), 1),
  caught: () => {
    try {
      process.exit(5)
    } catch {}
  },
  abort: () => process.abort(),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => never(),
  callback: () => new Promise<void>(resolve => new EventEmitter().once('done', resolve)),
  endsAndRejects: () => void Promise.reject(new Error('beside the answer')),
  endsAndThrows: () => process.nextTick(() => fail('beside the answer')),
  endsThenThrows: () => setTimeout(() => fail('soon after'), 5),
  endsThenRejects: () => setTimeout(() => void Promise.reject(new Error('soon after')), 5),
  late: () => void isOver.promise.then(() => setTimeout(() => fail('late'), 1)),
}
function fail(what: string): never {
  setImmediate(hasFailed.resolve)
  throw new Error(what)
}

let way = ''
const fn = traced('fn', async (id: number) => {
  if (way !== '' && id === 2) {
    const waited = ways[way]?.()
    if (way.startsWith('ends')) return id
    await waited
  }
  await (way === 'late' && id === 3 ? hasFailed.promise : later(10))
  return id
})
for (const id of [1, 2, 3]) await fn(id)

way = process.argv[2] ?? ''
const { items, summary } = await replay(fn, {
  store,
  mock: 'marked',
  logger: { warn: text => console.log('warned:', text) },
  onItem: ({ input }) => {
    if (input[0] === 2) isOver.resolve()
  },
})
const ended = items.map(({ input, error, lateErrors }) => `${input[0]}: ${error ?? lateErrors ?? 'fine'}`)
console.log(ended.sort().join('\n'))
console.log(summary.completed, 'completed')
if (process.argv[3] === 'stray') ways[way]?.()
