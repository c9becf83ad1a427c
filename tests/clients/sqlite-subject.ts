import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'

/** An empty SQLite file, which `dispose` removes. */
export function sqliteSubject() {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-clients-'))
  const open = () => sqliteStore(join(folder, 'runtape.db'), { worker: false, search: true })
  const stores = [open()]
  const connect = async () => {
    const store = open()
    stores.push(store)
    return store
  }
  return {
    store: stores[0] as ReturnType<typeof open>,
    connect,
    dispose: async () => {
      for (const store of stores) await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
