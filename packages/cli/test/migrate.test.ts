import { postgresStore } from '@runtape/store-postgres'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject } from './project.ts'

test('migrate prints the SQL, creates the tables, and then has nothing to do; commands read the store', async () => {
  const { runtape } = await newProject('empty')
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = ['--store', `${connectionString}?schema=${schema}`]
  const printed = await runtape(['migrate', ...store, '--print'])
  expect(printed).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^-- Runtape schema: version 0 to 1\nCREATE SCHEMA /),
  })
  const early = await runtape(['runs', ...store])
  expect(early).toMatchObject({ code: 2, stderr: expect.stringContaining('Run "runtape migrate"') })
  expect(early.stderr).not.toContain('test@')
  expect((await runtape(['migrate', ...store])).stdout).toBe('Created the tables (version 1).\n')
  expect((await runtape(['migrate', ...store])).stdout).toBe('The schema is up to date (version 1).\n')
  const json = JSON.parse((await runtape(['migrate', ...store, '--json'])).stdout)
  expect(json).toEqual({ from: 1, to: 1, sql: '' })
  const opened = postgresStore({ connectionString, schema, migrate: false })
  await opened.append([runEvent({ runId: 'run-in-postgres', configKey: 'support-answer' })])
  await opened.close()
  expect((await runtape(['runs', ...store])).stdout).toContain('support-answer')
  expect((await runtape(['usage', ...store, '--by', 'config'])).stdout).toContain('support-answer')
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
})

test('migrate without an address, and commands for files with one, say what to do, without the password', async () => {
  const { runtape } = await newProject('empty')
  expect(await runtape(['migrate'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Pass the address of a Postgres database'),
  })
  const store = ['--store', 'postgres://user:secret@127.0.0.1:1/app']
  for (const words of [['backup', 'copy.db'], ['set-aside', 'list'], ['doctor'], ['runs'], ['migrate']]) {
    const { code, stdout, stderr } = await runtape([...words, ...store])
    expect(code).not.toBe(0)
    expect(stdout + stderr).not.toContain('secret')
    expect(stdout + stderr).toMatch(/Postgres|no server accepts/)
  }
})
