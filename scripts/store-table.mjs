// Runs the Store contract on every store, in each supported version, and writes the results into docs/deploy.md:
// `npm run with -- node scripts/store-table.mjs`. It takes some minutes, and fetches the servers and Nodes that are missing.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture } from './lib/process.mjs'
import { markedTable, nodeOfVersion, testResults } from './lib/test-results.mjs'
import { supportedNodes } from './lib/tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs', 'deploy.md')
const { oldest, developed, newest } = supportedNodes(process.platform, process.arch)

const counts = new Map()
const memory = 'packages/testing/src/memory-store.test.ts'
const postgres = 'packages/store-postgres/src/versions.long.test.ts'
count(await testResults(root, developed.version, [memory]), () => 'memory')
// SQLite comes with Node.
for (const { version: node } of [oldest, developed, newest]) {
  const { output } = await capture(await nodeOfVersion(root, node), ['-p', 'process.versions.sqlite'])
  count(
    await testResults(root, node, ['packages/store-sqlite/src/sqlite-store.test.ts']),
    () => `SQLite ${output.trim()}, in Node ${node}`,
  )
}
count(
  await testResults(root, developed.version, [postgres]),
  ([server]) => /^(Postgres \S+), the Store contract/.exec(server)?.[1],
)
for (const [store, file] of [
  ['memory', 'memory'],
  ['SQLite', 'sqlite'],
  ['Postgres', 'postgres'],
]) {
  const test = `packages/server/src/contract-${file}.long.test.ts`
  count(await testResults(root, developed.version, [test]), () => `HTTP, over ${store}`)
}

const rows = [...counts].map(
  ([store, { held, all }]) => `| ${store} | ${held === all ? 'all' : `${held} of ${all}`} |`,
)
const lines = ['| store | promises kept |', '|---|---|', ...rows]
writeFileSync(page, markedTable(readFileSync(page, 'utf8'), lines))
console.log(lines.join('\n'))

function count(results, storeOf) {
  for (const { ancestorTitles, status } of results) {
    const store = storeOf(ancestorTitles)
    if (store === undefined || status === 'pending' || status === 'skipped') continue
    const { held, all } = counts.get(store) ?? { held: 0, all: 0 }
    counts.set(store, { held: held + (status === 'passed' ? 1 : 0), all: all + 1 })
  }
}
