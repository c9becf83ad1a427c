// Makes the fixture indexed.search.gz: the index for search of `indexedRecords`, built with FTS5.
// node test/make-indexed.mjs <directory>
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { sqliteStore } from '../dist/index.js'
import { indexedRecords } from './indexed-records.mjs'

const [directory] = process.argv.slice(2)
const path = join(directory, 'indexed.db')
const store = sqliteStore(path, { search: true, worker: true })
await store.append(indexedRecords())

function lastIndexed() {
  try {
    const index = new DatabaseSync(`${path}.search`, { readOnly: true })
    const row = index.prepare('SELECT max(to_id) AS id FROM shards').get()
    index.close()
    return row?.id ?? 0
  } catch {
    return 0
  }
}

while (lastIndexed() < 120) await sleep(20)
await store.close()
writeFileSync(join(directory, 'indexed.search.gz'), gzipSync(readFileSync(`${path}.search`), { level: 9 }))
