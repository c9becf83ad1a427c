import { postgresStore } from '@runtape/store-postgres'
import { runEvent, span, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { tablesWith } from '../../store-postgres/test/removal/tables-with.ts'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { newProject } from './project.ts'

test('prune and erase work on a store in Postgres; --vacuum rewrites its tables', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema })
  const context = { kind: 'user', key: 'ada-lovelace' }
  const hers = runEvent({ context })
  await store.append([
    runEvent({ at: testTime - 86_400_000 }),
    span({ startedAt: testTime - 86_400_000 }),
    hers,
    span({ runId: hers.runId }),
    runEvent(),
  ])
  const { runtape } = await newProject('empty')
  const address = `${connectionString}?schema=${schema}`
  const before = new Date(testTime - 1000).toISOString()
  const prune = ['prune', '--store', address, '--runs-before', before, '--traces-before', before]
  expect((await runtape([...prune, '--dry-run'])).stdout).toContain(
    '1 run (1 event), 1 trace (1 span) would be removed. Nothing was changed.',
  )
  expect(await runtape(prune)).toMatchObject({ code: 0, stdout: expect.stringContaining('removed.') })
  const erase = ['erase', '--store', address, '--context', 'user:ada-lovelace']
  const erased = await runtape([...erase, '--json'])
  expect(JSON.parse(erased.stdout)).toMatchObject({ runs: 1, traces: 1, spans: 1, runEvents: 1 })
  expect(JSON.parse(erased.stdout).inFiles).toContain('--vacuum')
  // What a script needs to know: no query returns it any more.
  expect(erased.code).toBe(0)
  const again = await runtape([...erase, '--vacuum'])
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('0 runs (0 events)') })
  expect(await tablesWith(connectionString, schema, 'ada-lovelace')).toEqual({})
  expect((await store.runs.usage())[0]?.runs).toBe(1)
  await store.close()
}, 120_000)
