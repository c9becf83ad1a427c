// Audit notes written from implicit callbacks of the language: getters, toString, sort, streams, signals, vm.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { runInThisContext } from 'node:vm'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { suffix: '' }
const storage = new AsyncLocalStorage<number>()

const note = traced('audit.note', { mockOnReplay: true }, async (what: string) => {
  effect('audit note')
  return `noted ${what}`
})

const ways: Record<string, () => unknown> = {
  'left store': () => storage.exit(() => note('exit')),
  'entered store': () => {
    storage.enterWith(1)
    return note('enter')
  },
  thenable: async () => {
    // biome-ignore lint/suspicious/noThenProperty: the test needs it.
    return await { then: (resolve: (value: unknown) => void) => void note('then').then(resolve) }
  },
  getter: () =>
    ({
      get noted() {
        return note('getter')
      },
    }).noted,
  text: () => {
    const noted: unknown[] = []
    const toString = () => {
      noted.push(note('text'))
      return ''
    }
    String({ toString })
    return Promise.all(noted)
  },
  sort: () => {
    const noted: unknown[] = []
    ;[2, 1].sort(() => noted.push(note('sort')))
    return Promise.all(noted)
  },
  json: () => {
    const noted: unknown[] = []
    JSON.parse('[1]', (_key, value) => {
      noted.push(note('json'))
      return value
    })
    return Promise.all(noted)
  },
  signal: () => {
    const { promise, resolve } = Promise.withResolvers()
    const controller = new AbortController()
    controller.signal.addEventListener('abort', () => void note('abort').then(resolve))
    controller.abort()
    return promise
  },
  transform: async () => {
    const read: unknown[] = []
    const noting = new Transform({
      objectMode: true,
      transform: (item, _encoding, done) => void note(`item ${item}`).then(text => done(null, text), done),
    })
    await pipeline(Readable.from([1, 2]), noting, async items => {
      for await (const item of items) read.push(item)
    })
    return read
  },
  vm: () => (runInThisContext('note => note("vm")') as (call: typeof note) => unknown)(note),
  bound: () => note.bind(null, 'bound')(),
  proxy: () => new Proxy(note, {})('proxy'),
}

const audit = traced('audit.run', async (way: string) => [await ways[way]?.(), settings.suffix])

export const application: Application = {
  name: 'calls from getters, streams, signals and other contexts',
  entry: audit,
  inputs: Object.keys(ways).map(way => [way]),
  change: { make: changing(settings, { suffix: 'again' }), reports: {} },
}
