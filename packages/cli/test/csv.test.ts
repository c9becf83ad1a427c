import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { expect, test } from 'vitest'
import { newProject } from './project.ts'

test('lists are printed as CSV', async () => {
  const project = await newProject()
  await project.runtape(['budget', 'set', 'ann', '--cost', '0.25', '--window', '24h', '--customer', 'a,b'])
  const budgets = await project.runtape(['budget', 'list', '--csv'])
  expect(budgets.stdout).toMatch(/^name,contextKey,.*\nann,"a,b",,,24h,nanoUsd,250000000,0,250000000,0,0\n$/)

  const found = await project.runtape(['search', 'order', '--csv'])
  expect(found.stdout).toMatch(/^at,in,runId,traceId,excerpt\n\d{4}-\d\d-\d\dT/)

  await project.runtape(['replay', './agent.ts#answer', '--limit', '1', '--description', '=cmd()'])
  const testRuns = await project.runtape(['report', '--csv'])
  expect(testRuns.stdout).toMatch(
    /^startedAt,.*\n\d{4}-\S+,\S+,support\.answer,completed,\w+,1,1,[01],[01],[01],[01],,'=cmd\(\)\n$/,
  )

  const store = sqliteStore(join(project.folder, 'runtape.db'))
  const [trace] = (await store.traces.list({ limit: 1 })).items
  await store.close()
  await project.runtape(['cohort', 'create', 'bad', trace?.traceId ?? '', '--note', 'one, two'])
  const cohort = await project.runtape(['cohort', 'show', 'bad', '--csv'])
  expect(cohort.stdout).toMatch(/^traceId,key,.*\n[\da-f]{32},support\.answer,\d{4}-\S+Z,true,,"one, two"\n$/)
  const cohorts = await project.runtape(['cohort', 'list', '--csv'])
  expect(cohorts.stdout).toMatch(/^name,version,traces,gone,at,by,comment\nbad,1,1,0,\d{4}-\S+Z,/)

  const queue = await project.runtape(['review', 'list', '--csv'])
  expect(queue.stdout).toMatch(/^at,runId,traceId,asked,answered,claimedBy\n\d{4}-\S+Z,/)
  await project.runtape(['views', 'save', 'a,b', '--where', 'feedback:negative', '--by', 'Ann'])
  const views = await project.runtape(['views', 'list', '--csv'])
  expect(views.stdout).toMatch(/^name,filter,by,at\n"a,b",feedback:negative,Ann,\d{4}-\S+Z\n$/)
  await project.runtape(['keys', 'create', '--name', 'till, 2'])
  const keys = await project.runtape(['keys', 'list', '--csv'])
  expect(keys.stdout).toMatch(/^id,scopes,createdAt,name\n\w+,ingest,\d{4}-\S+Z,"till, 2"\n$/)
  const changes = await project.runtape(['changes', '--since', '1h', '--kinds', 'view', '--csv'])
  expect(changes.stdout).toBe('kind,id,isRemoved\nview,"a,b",false\n')
})

test.each([
  [['report', 'ci-1', '--csv'], 'runtape report --csv'],
  [['cohort', 'delete', 'bad', '--csv'], 'cohort show <cohort> --csv'],
  [['changes', '--since', '1h', '--csv', '--json'], 'not both'],
  [['budget', 'check', '--csv'], 'runtape budget list'],
])('%j is refused', async (words, next) => {
  const project = await newProject('empty')
  const { code, stderr } = await project.runtape(words)
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(next) })
})
