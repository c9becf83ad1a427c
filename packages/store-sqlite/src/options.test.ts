import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runEvent } from '@runtape/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { scratchDirectory } from '../test/scratch.ts'
import { sqliteOutbox } from './outbox.ts'
import { sqliteStore } from './sqlite-store.ts'

const makers = [
  ['sqliteStore', sqliteStore],
  ['sqliteOutbox', sqliteOutbox],
] as const

describe.each(makers)('%s', (name, make) => {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-options-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'runtape.db')

  test.each<[string, unknown]>([
    ['an empty text', ''],
    ['spaces', '  '],
    ['a file: URL as text', pathToFileURL(path).href],
    ['a file: name', 'file:runtape.db?mode=memory'],
    ['a URL', pathToFileURL(path)],
    ['the URL of another database', 'postgres://ada:secret@db/runtape'],
    ['a URL as other libraries use', 'sqlite:///tmp/runtape.db'],
    ['a web address', 'HTTPS://example.com/runtape.db'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
    ['a buffer', Buffer.from(path)],
    ['a path with a NUL character', `${path}\0.txt`],
  ])('refuses %s, and creates no file', (_what, target) => {
    const open = () => make(target as string)
    expect(open).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    expect(open).not.toThrow('secret')
    expect(open).toThrow(`${name} takes the path of a file`)
    expect(readdirSync(folder)).toEqual([])
    expect(existsSync('file:runtape.db')).toBe(false)
  })

  test.each<unknown>([
    Number.NaN,
    0,
    -1,
    1.5,
    Infinity,
    null,
    '5000',
    '0; DROP TABLE run_events',
    2 ** 31,
    {},
  ])('refuses a busyTimeoutMs of %o', busyTimeoutMs => {
    const open = () => make(':memory:', { busyTimeoutMs: busyTimeoutMs as number })
    expect(open).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    expect(open).toThrow(/^busyTimeoutMs must be a whole number of milliseconds, 1 or more \(got /)
  })

  test('uses the default for undefined', async () => {
    const opened = make(':memory:', { busyTimeoutMs: undefined } as never)
    expect(await opened.close()).toBeUndefined()
  })
})

test('a store accepts a path that merely starts like a URL', async () => {
  const path = join(scratchDirectory(), 'files', 'file.db')
  const store = sqliteStore(path)
  expect(store.appendSync([runEvent()]).accepted).toBe(1)
  await store.close()
})
