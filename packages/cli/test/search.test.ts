import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject } from './project.ts'

async function projectWithTexts() {
  const project = await newProject('empty')
  const store = sqliteStore(join(project.folder, 'runtape.db'), { worker: false })
  const runId = 'run-1'
  const root = span({ runId, input: { json: JSON.stringify(['Where is my late order?']) } })
  await store.append([
    root,
    runEvent({ runId, traceId: root.traceId }),
    runEvent({ runId, metric: 'feedback', value: { kind: 'negative', comment: 'late\u001b[31m order' } }),
    span({ input: { json: JSON.stringify('a LATE ORDER without a run') }, startedAt: root.startedAt - 1 }),
  ])
  await store.close()
  return project
}

test('search finds texts of records that were written without the option, and says where', async () => {
  const project = await projectWithTexts()
  const { stdout, code } = await project.runtape(['search', 'late order'])
  expect(stdout).toContain('run run-1  input\n  Where is my late order?')
  expect(stdout).toMatch(/trace [\da-f]{32} {2}input\n {2}a LATE ORDER without a run/)
  expect(stdout).not.toContain('\u001b[31m order')
  expect(code).toBe(0)
  const json = JSON.parse(
    (await project.runtape(['search', 'ORDER', '--where', 'feedback:negative', '--json'])).stdout,
  )
  expect(json.items.map((hit: { in: string }) => hit.in).sort()).toEqual(['comment', 'input'])
  expect((await project.runtape(['search', 'nowhere'])).stdout).toContain('No text contains that')
})

test('search needs one text', async () => {
  const project = await projectWithTexts()
  for (const words of [['search'], ['search', 'late', 'order'], ['search', ' ']]) {
    const { code, stderr } = await project.runtape(words)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/text/)])
  }
})

test('the help of search says how an application turns it on', async () => {
  const { stdout } = await (await newProject('empty')).runtape(['search', '--help'])
  expect(stdout).toMatch(/search: true +the option of sqliteStore/)
})

test('search --as-of finds what was known then, and --json has the revision', async () => {
  const project = await projectWithTexts()
  const found = async (...words: string[]) =>
    JSON.parse((await project.runtape(['search', 'late order', '--json', ...words])).stdout)
  const before = await found()
  const path = join(project.folder, 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  await store.append([span({ input: { json: '"a new late order"' } })])
  const now = await store.revision()
  await store.close()
  expect(await found()).toMatchObject({ items: { length: before.items.length + 1 }, revision: now })
  const then = await found('--as-of', before.revision)
  expect([then.items, then.revision]).toEqual([before.items, before.revision])
  expect((await project.runtape(['search', 'late', '--as-of', 'soon'])).stderr).toContain('--as-of')
})
