import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { RuntapeError } from '@runtape/core'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { scratchDirectory } from '../test/scratch.ts'
import { sqliteStore } from './sqlite-store.ts'

const lazyPath = (): string => join(scratchDirectory(), 'below', 'runtape.db')

test('a lazy store creates nothing until it is used', async () => {
  const path = lazyPath()
  const store = sqliteStore(path, { lazy: true })
  expect(store.diagnostics()).toMatchObject({ notes: [expect.stringContaining('not open yet')] })
  expect(existsSync(join(path, '..'))).toBe(false)
  await store.close()
  expect(existsSync(join(path, '..'))).toBe(false)
})

test.each([
  ['a record', (store: ReturnType<typeof sqliteStore>) => store.appendSync([runEvent()])],
  ['a batch', (store: ReturnType<typeof sqliteStore>) => store.append([runEvent()])],
  ['a query', (store: ReturnType<typeof sqliteStore>) => store.runs.list()],
])('its first use, %s, opens the file', async (_, use) => {
  const path = lazyPath()
  const store = sqliteStore(path, { lazy: true })
  await use(store)
  expect(existsSync(path)).toBe(true)
  expect(store.diagnostics().notes).toEqual([])
  await store.close()
})

test('a lazy store that was closed unused refuses further calls, and opens nothing', async () => {
  const path = lazyPath()
  const store = sqliteStore(path, { lazy: true })
  await store.close()
  const refused = expect.objectContaining({ code: 'store-closed', message: expect.stringContaining(path) })
  await expect(store.runs.list()).rejects.toThrow(refused)
  expect(() => store.appendSync([runEvent()])).toThrow(refused)
  expect(existsSync(path)).toBe(false)
})

test('a lazy store that was closed after a use refuses further calls as any other', async () => {
  const store = sqliteStore(lazyPath(), { lazy: true })
  store.appendSync([runEvent()])
  await store.close()
  await store.close()
  expect(() => store.appendSync([runEvent()])).toThrow(expect.objectContaining({ code: 'store-closed' }))
})

test('a file that cannot be opened fails each call, and the next call tries again', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  mkdirSync(path)
  const store = sqliteStore(path, { lazy: true, busyTimeoutMs: 50 })
  const refused = expect.objectContaining({ code: 'store-unusable', message: expect.stringContaining(path) })
  expect(() => store.appendSync([runEvent()])).toThrow(refused)
  await expect(store.runs.list()).rejects.toThrow(refused)
  rmdirSync(path)
  expect(store.appendSync([runEvent()]).accepted).toBe(1)
  await store.close()
})

test('wrong arguments are refused at once', () => {
  expect(() => sqliteStore('', { lazy: true })).toThrow(RuntapeError)
  expect(() => sqliteStore('runtape.db', { lazy: 'yes' as never })).toThrow(/lazy must be true or false/)
})
