import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject } from './project.ts'

async function projectWithThree() {
  const project = await newProject('empty')
  const path = join(project.folder, 'runtape.db')
  const store = sqliteStore(path)
  const events = ['good', 'bad', 'other'].map(runId => runEvent({ runId }))
  const bad = events[1]
  if (bad) await store.append([bad])
  for (const event of events) store.setAside.put(event, 'for a test')
  await store.close()
  const database = new DatabaseSync(path)
  database.exec("UPDATE run_events SET value_json = ''")
  database.close()
  return { ...project, path }
}

test('records set aside are named by the doctor and shown by list', async () => {
  const { runtape } = await projectWithThree()
  const doctor = await runtape(['doctor'])
  expect(doctor.stdout).toMatch(
    /✗ 3 records could not be written and were set aside\.\n {2}→ .*set-aside list/,
  )
  expect(doctor.code).toBe(1)
  const list = await runtape(['set-aside', 'list'])
  expect(list.stdout).toMatch(/^ *1 .* store +duration of run good +for a test$/m)
  const json = JSON.parse((await runtape(['set-aside', 'list', '--json'])).stdout)
  expect(json).toMatchObject([{ id: '1' }, { id: '2' }, { id: '3', origin: 'store' }])
})

test('retry writes what it can and explains the rest, with code 1; drop removes by id or --all', async () => {
  const { runtape, path } = await projectWithThree()
  const dropped = await runtape(['set-aside', 'drop', '3'])
  expect(dropped.stdout).toBe('1 dropped.\n')
  const retry = await runtape(['set-aside', 'retry'])
  expect(retry.stdout).toMatch(/^1 written, 1 still set aside\.\n {2}2: .*but cannot read it/)
  expect(retry.code).toBe(1)
  expect((await runtape(['set-aside', 'drop'])).code).toBe(2)
  expect((await runtape(['set-aside', 'drop', '--all'])).stdout).toBe('1 dropped.\n')
  expect((await runtape(['set-aside'])).stdout).toBe('Nothing is set aside.\n')
  const store = sqliteStore(path)
  expect(await store.runs.get('good')).toBeDefined()
  expect(await store.runs.get('other')).toBeUndefined()
  await store.close()
})

test('an event of an outbox goes back into it, and an unknown id is a misuse', async () => {
  const project = await newProject('empty')
  const path = join(project.folder, 'outbox.db')
  const outbox = sqliteOutbox(path)
  outbox.put([runEvent()])
  outbox.setAside(outbox.lease(1, 1000).map(({ id }) => ({ id, reason: '422.' })))
  expect(outbox.size()).toBe(0)
  const retry = await project.runtape(['set-aside', 'retry', '--store', 'outbox.db'])
  expect(retry).toMatchObject({ code: 0, stdout: '1 back in the outbox.\n' })
  expect(outbox.size()).toBe(1)
  outbox.close()
  for (const words of [['retry', '9'], ['keep'], ['list', '--store', 'nowhere.db']])
    expect((await project.runtape(['set-aside', ...words])).code).toBe(2)
})
