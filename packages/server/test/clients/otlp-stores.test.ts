import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, type StoreSubject } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSubject } from '../../../store-postgres/test/subject.ts'
import { overHttp, startServer } from '../serve.ts'
import { agentTrace, sendSpans } from './sent-spans.ts'

function sqliteSubject(): StoreSubject {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-otlp-'))
  const store = sqliteStore(join(folder, 'tape.db'), { worker: false })
  const dispose = async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  }
  return { store, dispose }
}

test.each<[string, () => Promise<StoreSubject>]>([
  ['memory', async () => ({ store: memoryStore() })],
  ['SQLite', async () => sqliteSubject()],
  ['Postgres', () => testSubject()],
  ['a server in front of SQLite', () => overHttp(sqliteSubject())],
  ['a server in front of Postgres', async () => overHttp(await testSubject())],
])('spans in any requests are billed once and are one trace: %s', async (_, open) => {
  for (const requests of [
    [agentTrace],
    agentTrace.map(span => [span]),
    agentTrace.toReversed().map(span => [span]),
    [agentTrace.slice(4), agentTrace.slice(0, 4)],
  ]) {
    const { store, dispose } = await open()
    const server = await startServer(store)
    for (const sent of [...requests, agentTrace]) {
      const response = await sendSpans(server, sent)
      expect([response.status, await response.json()]).toEqual([200, {}])
    }
    expect((await store.runs.usage({}))[0]).toMatchObject({
      ...{ runs: 1, succeeded: 1, unknownUsageRuns: 0, tokens: { input: 21, output: 3, total: 24 } },
    })
    expect((await store.traces.get('a'.repeat(32)))?.spans).toHaveLength(7)
    expect((await store.health.get()).counts).toEqual([])
    await server.close()
    await (dispose ?? store.close)()
  }
})
