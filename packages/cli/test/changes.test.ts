import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { removalMark } from '@runtape/core/store'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { newProject, type Project, runtapePath } from './project.ts'

const traceId = 'a'.repeat(32)

const inStore = async <T>(
  project: Project,
  use: (store: ReturnType<typeof sqliteStore>) => Promise<T>,
): Promise<T> => {
  const store = sqliteStore(join(project.folder, 'runtape.db'), { worker: false })
  return use(store).finally(() => store.close())
}

/** A project with a run and its trace, the revision after these, and a second run, a view and an erased run. */
async function changedProject() {
  const project = await newProject('empty')
  const revision = await inStore(project, async store => {
    await store.append([runEvent({ runId: 'run-1', traceId }), span({ traceId, runId: 'run-1' })])
    return store.revision()
  })
  await inStore(project, async store => {
    await store.append([
      runEvent({ runId: 'run-2' }),
      runEvent({ runId: 'run-1', metric: 'outcome', value: { status: 'success' } }),
      span({ traceId, parentSpanId: '1'.repeat(16), name: 'late' }),
      runEvent({ runId: 'run-3' }),
    ])
    await store.views.put({ name: 'mine', filter: 'status:error' })
    await store.erase({ runId: 'run-3' })
  })
  return { project, revision }
}

const json = async (project: Project, ...words: string[]) =>
  JSON.parse((await project.runtape([...words, '--json'])).stdout)

/** Starts a command that goes on until it is ended. */
function started(project: Project, words: string) {
  const child = spawn(
    'bash',
    ['-c', `${words.includes('|') ? '' : 'exec '}"${process.execPath}" "${runtapePath}" ${words}`],
    {
      cwd: project.folder,
      env: { ...process.env, NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
    },
  )
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const ended = Promise.all([once(child, 'close'), text(child.stderr)])
  return { child, next: async () => (await lines.next()).value as string, ended }
}

test('changes are one line each, and --json says up to which revision', async () => {
  const { project, revision } = await changedProject()
  const { stdout, code } = await project.runtape(['changes', '--since', revision])
  const lines = stdout.trim().split('\n')
  const now = await inStore(project, store => store.revision())
  expect([code, lines.at(-1)]).toEqual([0, `Up to revision ${now}.`])
  expect(lines.slice(0, -1).sort()).toEqual(
    [
      `run removed ${removalMark('run', 'run-3')}`,
      'run run-1',
      'run run-2',
      `trace ${traceId}`,
      'view mine',
    ].sort(),
  )
  const some = await project.runtape([
    'changes',
    '--since',
    revision,
    '--kinds',
    'run,view',
    '--limit',
    '2',
    '--json',
  ])
  const [one, two, last, ...more] = some.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect([one, two, more]).toEqual([{ kind: 'run', id: 'run-2' }, { kind: 'run', id: 'run-1' }, []])
  const rest = await project.runtape(['changes', '--since', last.revision, '--kinds', 'run,view', '--json'])
  expect(
    rest.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toEqual([
    { kind: 'view', id: 'mine' },
    { kind: 'run', id: removalMark('run', 'run-3'), isRemoved: true },
    { revision: now },
  ])
  expect((await project.runtape(['changes', '--since', now])).stdout).toBe(`Up to revision ${now}.\n`)
  expect((await project.runtape(['changes', '--since', '2026-01-01'])).stdout).toContain('run run-1\n')
})

test('an unknown revision, kind or missing since is refused with what to do', async () => {
  const { project } = await changedProject()
  for (const [words, problem] of [
    [['--since', 'r1.1.1.1-00000000'], 'Start over'],
    [['--since', 'soon'], '--since'],
    [['--since', '1h', '--kinds', 'runs'], '--kinds knows run'],
    [[], '--since 1h'],
    [['--follow', '--limit', '3'], 'without --limit'],
  ] as const) {
    const { code, stderr } = await project.runtape(['changes', ...words])
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)])
  }
})

describe('--follow', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('prints what other processes write, until %s', async signal => {
    const { project, revision } = await changedProject()
    const { child, next, ended } = started(project, `changes --since ${revision} --follow --json --kinds run`)
    const first = await Promise.all([next(), next(), next(), next()])
    expect(first.map(line => JSON.parse(line))).toMatchObject([{}, {}, {}, { revision: expect.any(String) }])
    for (const runId of ['run-4', 'run-5']) {
      await inStore(project, store => store.append([runEvent({ runId }), span()]))
      expect(JSON.parse(await next())).toEqual({ kind: 'run', id: runId })
      expect(JSON.parse(await next())).toEqual({ revision: expect.stringMatching(/^r/) })
    }
    child.kill(signal)
    const [[code], stderr] = await ended
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(stderr).toContain('Interrupted')
  })

  test('ends when the reader of its output has gone', async () => {
    const { project, revision } = await changedProject()
    const { child, next, ended } = started(
      project,
      `changes --since ${revision} --follow | head -1; exit \${PIPESTATUS[0]}`,
    )
    expect(await next()).toMatch(/^(run|trace) /)
    // As every pipe, it is found closed by the next line.
    for (let run = 10; child.exitCode === null; run++) {
      await inStore(project, store => store.append([runEvent({ runId: `run-${run}` })]))
      await setTimeout(100)
    }
    const [[code], stderr] = await ended
    expect([code, stderr]).toEqual([0, ''])
  })

  test('says that a replaced database starts over', async () => {
    const { project } = await changedProject()
    const { next, ended } = started(project, 'changes --since 2026-01-01 --follow')
    await next()
    rmSync(join(project.folder, 'runtape.db'))
    await inStore(project, store => store.append([runEvent()]))
    const [[code], stderr] = await ended
    expect([code, stderr]).toEqual([2, expect.stringContaining('Start over')])
  })
})

describe('--as-of', () => {
  test('shows runs, a trace and usage as they were, and --json has the revision', async () => {
    const { project, revision } = await changedProject()
    const now = await inStore(project, store => store.revision())
    const ids = async (...words: string[]) => {
      const page = await json(project, 'runs', ...words)
      return [page.items.map((run: { runId: string }) => run.runId).sort(), page.revision]
    }
    expect(await ids()).toEqual([['run-1', 'run-2'], now])
    expect(await ids('--as-of', revision)).toEqual([['run-1'], revision])
    expect((await project.runtape(['runs', '--as-of', revision])).stdout).not.toContain('run-2')
    const spans = async (...words: string[]) => {
      const trace = await json(project, 'trace', 'run-1', ...words)
      return [trace.spans.length, trace.runs[0].events.length, trace.revision]
    }
    expect(await spans()).toEqual([2, 2, now])
    expect(await spans('--as-of', revision)).toEqual([1, 1, revision])
    const bill = async (...words: string[]) => {
      const { rows, revision: at } = await json(project, 'usage', ...words)
      return [rows[0]?.runs, at]
    }
    expect(await bill()).toEqual([2, now])
    expect(await ids('--as-of', '2026-01-01')).toEqual([[], expect.stringMatching(/^r0\.0\.0\.0-/)])
    expect((await project.runtape(['runs', '--as-of', 'r9.9.9.9-00000000'])).code).toBe(2)
  })

  test('tape files have no revision', async () => {
    const project = await newProject()
    await project.runtape(['export', '--since', '1h', '--out', 'tapes'])
    const { items } = JSON.parse((await project.runtape(['runs', '--json'])).stdout)
    const { stdout } = await project.runtape(['trace', items[0].traceId, '--store', 'tapes', '--json'])
    expect(JSON.parse(stdout)).not.toHaveProperty('revision')
    const refused = await project.runtape(['trace', items[0].traceId, '--store', 'tapes', '--as-of', '1h'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('no history')])
  })
})
