import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { type StoreSubject, storeContractCases } from '@runtape/testing'
import { describe, test } from 'vitest'
import { overHttp } from '../test/serve.ts'

function sqliteSubject(): StoreSubject {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-server-'))
  const path = join(folder, 'runtape.db')
  const open = () => sqliteStore(path, { worker: false, search: true })
  let store = open()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = open()
      return store
    },
    connect: async () => open(),
    dispose: async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
describe('httpStore keeps the Store contract over an SQLite file', () => {
  for (const { title, needs, check } of storeContractCases)
    if (needs !== 'appendSync' && needs !== 'getSpanSync')
      test(title, async ({ expect }) => {
        const subject = await overHttp(sqliteSubject())
        await expect(check(subject)).resolves.toBeUndefined()
        await subject.dispose?.()
      })
})
