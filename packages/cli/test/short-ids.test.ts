import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { mostRecent, wholeId } from '../src/stores/whole-id.ts'
import { newProject } from './project.ts'

describe('the start of an id', () => {
  test.each([
    ['abcd', 'abcd-1'],
    ['abcd-', 'abcd-1'],
    ['abcd…', 'abcd-1'],
    ['abcd...', 'abcd-1'],
    ['abce', undefined],
    ['abc', undefined],
    ['…', undefined],
  ])('%s is that of %s', (given, id) => {
    expect(wholeId(given, ['abcd-1', 'zzzz-1', 'abcd-1'], 'runs')).toBe(id)
  })

  test('of several ids is refused, with some of them', () => {
    const ids = Array.from({ length: 9 }, (_, at) => `abcd-${at}`)
    expect(() => wholeId('abcd', ids, 'runs')).toThrow(
      '"abcd" is the start of several runs: abcd-0, abcd-1, abcd-2, abcd-3, abcd-4, and 4 more. Add letters until it is one.',
    )
  })
})

describe('runtape trace', () => {
  test('takes the start of the id of a run or trace', async () => {
    const project = await newProject()
    const { stdout } = await project.runtape(['runs', '--json'])
    const [{ runId, traceId }] = JSON.parse(stdout).items
    const whole = await project.runtape(['trace', runId])
    expect(whole.code).toBe(0)
    expect(await project.runtape(['trace', `${runId.slice(0, 18)}…`])).toEqual(whole)
    expect(await project.runtape(['trace', traceId.slice(0, 24)])).toEqual(whole)
  })

  test('prefers the whole id to others that start with it', async () => {
    const project = await newProject('empty')
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    const root = span()
    await store.append([
      runEvent({ runId: 'order', traceId: root.traceId }),
      runEvent({ runId: 'order-2' }),
      root,
    ])
    await store.close()
    expect((await project.runtape(['trace', 'order'])).stdout).toContain(root.key)
    const both = await project.runtape(['trace', 'orde'])
    expect(both.stderr).toContain('"orde" is the start of several runs or traces: order')
  })

  test('says how ids may be written', async () => {
    const project = await newProject('empty')
    await sqliteStore(join(project.folder, 'runtape.db')).close()
    const { code, stderr } = await project.runtape(['trace', '0195ffff'])
    expect(stderr).toContain(
      `shortened to its start, 4 letters or more, if it is among the newest ${mostRecent}`,
    )
    expect(code).toBe(2)
  })
})

test('report, compare and verdict take the start of the id of a test run', async () => {
  const project = await newProject()
  await project.runtape(['replay', './agent.ts#answer', '--limit', '1'])
  const [{ testRunId }] = JSON.parse((await project.runtape(['report', '--json'])).stdout)
  const start = testRunId.slice(0, -4)
  const report = await project.runtape(['report', testRunId, '--json'])
  expect(await project.runtape(['report', start, '--json'])).toEqual(report)
  expect((await project.runtape(['compare', start, testRunId])).code).toBe(0)
  const store = sqliteStore(join(project.folder, 'runtape.db'))
  const [made] = (await store.traces.list({ testRunId })).items
  await store.close()
  expect((await project.runtape(['verdict', start, made?.traceId ?? '', 'pass'])).stdout).toContain('1 pass')
})

test('cohort, review, export and verdict take the start of an id, too', async () => {
  const project = await newProject()
  const { stdout } = await project.runtape(['runs', '--json'])
  const [{ runId, traceId }] = JSON.parse(stdout).items
  const [run, trace] = [`${runId.slice(0, 18)}…`, traceId.slice(0, 24)]
  await project.runtape(['cohort', 'create', 'bad', trace])
  const { items } = JSON.parse((await project.runtape(['cohort', 'show', 'bad', '--json'])).stdout)
  expect(items).toMatchObject([{ traceId }])
  await project.runtape(['review', 'fail', run, '--comment', 'late'])
  const shown = await project.runtape(['review', 'show', runId, '--json'])
  expect(shown.stdout).toContain('"late"')
  expect((await project.runtape(['export', run])).stdout).toContain(traceId)

  await project.runtape(['replay', './agent.ts#answer', '--limit', '1'])
  const [testRun] = JSON.parse((await project.runtape(['report', '--json'])).stdout)
  const replayed = testRun.testRunId.slice(0, 13)
  const verdict = await project.runtape(['verdict', replayed, trace, 'fail'])
  expect(verdict.stdout).toContain('0 pass, 1 fail')
})
