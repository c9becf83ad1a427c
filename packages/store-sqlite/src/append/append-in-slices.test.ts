import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'

test('an appendSync in a microtask never joins an open transaction of append', async () => {
  const store = sqliteStore(':memory:')
  const spans = Array.from({ length: 2_000 }, () => span())
  let appended = 0
  let done = false
  const writing = store.append(spans).finally(() => {
    done = true
  })
  const interleave = async () => {
    for (let turn = 0; !done; turn++) {
      // Concurrent appends start their own transaction, which fails inside another one.
      store.appendSync([runEvent(), runEvent()])
      appended += 2
      if (turn % 10 === 9) await new Promise(resolve => setImmediate(resolve))
      else await null
    }
  }
  await Promise.all([writing, interleave(), interleave()])
  expect((await writing).accepted).toBe(2_000)
  expect((await store.runs.usage())[0]?.runs).toBe(appended)
})
