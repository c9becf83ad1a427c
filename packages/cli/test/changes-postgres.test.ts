import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { removalMark } from '@runtape/core/store'
import { postgresStore } from '@runtape/store-postgres'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject, runtapePath } from './project.ts'

test('changes of a store in Postgres are followed while other processes write and erase, until SIGINT', async () => {
  const { runtape, folder } = await newProject('empty')
  const [connectionString, schema] = [await testServer(), testSchema()]
  const address = `${connectionString}?schema=${schema}`
  const store = postgresStore({ connectionString, schema })
  await store.append([runEvent({ runId: 'run-1' })])
  const revision = await store.revision()
  await store.append([runEvent({ runId: 'run-2' })])
  const listed = await runtape(['changes', '--store', address, '--since', revision])
  expect(listed).toMatchObject({
    code: 0,
    stdout: `run run-2\nUp to revision ${await store.revision()}.\n`,
  })
  expect((await runtape(['changes', '--store', address, '--since', '2026-01-01'])).stdout).toContain(
    'run run-1\n',
  )
  const unknown = await runtape([
    'changes',
    '--store',
    address,
    '--since',
    `${revision.slice(0, -8)}00000000`,
  ])
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Start over') })

  const words = ['changes', '--store', address, '--since', revision, '--follow', '--json']
  const child = spawn(process.execPath, [runtapePath, ...words], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string)
  expect(await next()).toEqual({ kind: 'run', id: 'run-2' })
  expect(await next()).toEqual({ revision: expect.stringMatching(/^r\d+-[0-9a-f]{8}$/) })
  await store.append([runEvent({ runId: 'run-3' })])
  expect([await next(), await next()]).toEqual([
    { kind: 'run', id: 'run-3' },
    { revision: expect.any(String) },
  ])
  await store.erase({ runId: 'run-1' })
  expect(await next()).toEqual({ kind: 'run', id: removalMark('run', 'run-1'), isRemoved: true })
  const closed = once(child, 'close')
  child.kill('SIGINT')
  expect((await closed)[0]).toBe(130)
  expect((await runtape(['runs', '--store', address, '--as-of', revision, '--json'])).stdout).toContain(
    revision,
  )
  await store.close()
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
})
