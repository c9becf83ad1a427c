import { memoryStore } from '@runtape/testing'
import { expect, test } from 'vitest'
import type { ReplayOptions } from '../options.ts'
import { over, resolveOptions } from './resolve-options.ts'

const store = memoryStore()

test('what was not given has its default', () => {
  const { mock, onMiss, timing, attempts, maxConcurrency, keepItems } = resolveOptions({ store })
  expect({ mock, onMiss, timing, attempts, maxConcurrency, keepItems }).toEqual({
    mock: 'none',
    onMiss: 'error',
    timing: 'immediate',
    attempts: 1,
    maxConcurrency: 10,
    keepItems: true,
  })
})

test('frozen options are resolved, and null stays null', () => {
  const given = Object.freeze({ store, mock: 'all', maxConcurrency: null, signal: undefined } as const)
  const signal = new AbortController().signal
  const plan = over(resolveOptions(given as unknown as ReplayOptions), { signal })
  expect([plan.mock, plan.maxConcurrency, plan.signal]).toEqual(['all', null, signal])
})

test('options that are inherited count, and methods keep their this', () => {
  class Options {
    store = store
    seen = 0
    onItem() {
      this.seen++
    }
  }
  const options = new Options()
  const resolved = resolveOptions(options)
  resolved.onItem?.({} as never)
  expect([resolved.store, options.seen]).toEqual([store, 1])
})
