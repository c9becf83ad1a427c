import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { beforeAll, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await newProject()
})

async function said(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.runtape(['review', ...words])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}

const json = async <T>(...words: string[]): Promise<T> => JSON.parse(await said(...words, '--json')) as T

async function refused(...words: string[]): Promise<string> {
  const { code, stderr } = await project.runtape(['review', ...words])
  expect(code).toBe(2)
  return stderr
}

interface Item {
  readonly runId: string
  readonly traceId: string
}

test('a reviewer claims the next run, reviews it, and withdraws it', { timeout: 120_000 }, async () => {
  const queue = ['--where', 'feedback:negative']
  expect(await said(...queue)).toMatch(
    /^at \(UTC\) +run or trace +asked +claimed by\n(?:.*\n)+0 of 2 reviewed\n$/,
  )
  const mine = await json<Item>('next', ...queue, '--by', 'ada')
  const theirs = await json<Item>('next', ...queue, '--by', 'bo')
  expect(theirs.runId).not.toBe(mine.runId)
  expect(await json('next', ...queue, '--by', 'carl')).toBe(null)
  expect((await json<Item>('next', ...queue, '--by', 'ada')).runId).toBe(mine.runId)
  expect(await said(...queue)).toMatch(/ada, until [\d:]{8}/)
  expect(await said('release', theirs.runId, '--by', 'bo')).toContain('is free again')
  expect((await json<Item>('next', ...queue, '--by', 'ada', '--skip', mine.runId)).runId).toBe(theirs.runId)
  const judged = [
    'fail',
    mine.runId,
    '--by',
    'ada',
    '--comment',
    'promises a refund',
    '--score',
    'polite=0.5',
  ]
  expect(await said(...judged)).toBe(`${mine.runId}: fail by ada\n`)
  expect(await said(...queue)).toContain('\n1 of 2 reviewed\n')
  expect(await said(...queue, '--own', '--by', 'bo')).toContain('\n0 of 2 reviewed\n')
  expect(await said('pass', mine.runId, '--by', 'bo')).toContain('pass by bo')
  expect(await said('show', mine.runId)).toMatch(/ada +fail +polite 0\.5 +promises a refund/)
  expect(await said('withdraw', mine.runId, '--by', 'ada')).toContain('is withdrawn')
  expect(await refused('withdraw', mine.runId, '--by', 'ada')).toContain('ada has no review of')
  expect(await json('show', mine.runId)).toMatchObject([{ by: 'bo', pass: true }])
  expect(await json('show', mine.runId, '--history')).toMatchObject([
    { by: 'bo' },
    { withdrawn: { by: 'ada' } },
  ])
})

test('a review with the corrected output becomes an entry of a cohort', { timeout: 120_000 }, async () => {
  const { items } = await json<{ items: Item[] }>('list', '--where', 'feedback=positive')
  const [{ runId = '', traceId = '' } = {}] = items
  const adding = ['--add-to', 'wrong', '--expected', '"Sorry."', '--comment', 'too short']
  expect(await said('fail', runId, ...adding)).toContain('wrong@1: 1 trace')
  const { stdout } = await project.runtape(['cohort', 'show', 'wrong', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    items: [{ traceId, expected: { json: '"Sorry."' }, note: 'too short' }],
  })
  expect(await said('--cohort', 'wrong')).toBe('Nothing is left to review.\n1 of 1 reviewed\n')
  expect(await refused('fail', runId, '--expected', '"x"')).toContain('--add-to')
})

test('unclear commands are refused, with the next step', { timeout: 120_000 }, async () => {
  expect(await refused('judge', 'x')).toContain('Use list, next, pass')
  expect(await refused('pass')).toContain('Name a run or a trace')
  expect(await refused('pass', 'none')).toContain('The store has no trace "none" to review')
  expect(await refused('comment', 'none', '--score', 'polite')).toContain('--score needs name=number')
  expect(await refused('--cohort', 'x', '--where', 'feedback=negative')).toContain('not both')
  expect(await refused('--cohort', 'x')).toContain('There is no cohort "x"')
})

test('processes that claim at the same time never get the same run', { timeout: 120_000 }, async () => {
  const other = await newProject('empty')
  const store = sqliteStore(join(other.folder, 'runtape.db'))
  await store.append(Array.from({ length: 4 }, (_, at) => runEvent({ runId: `run-${at}` })))
  await store.close()
  const claimed = await Promise.all(
    ['ada', 'bo', 'carl', 'dan'].map(by => other.runtape(['review', 'next', '--by', by, '--json'])),
  )
  const ids = claimed.map(({ stdout }) => (JSON.parse(stdout) as Item).runId)
  expect(ids.sort()).toEqual(['run-0', 'run-1', 'run-2', 'run-3'])
})
