import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await newProject()
})

async function said(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.runtape(words)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}

const json = async <T>(...words: string[]): Promise<T> => JSON.parse(await said(...words, '--json')) as T

async function refused(...words: string[]): Promise<string> {
  const { code, stderr } = await project.runtape(words)
  expect(code).toBe(2)
  return stderr
}

interface Shown {
  readonly version: number
  readonly by: string
  readonly items: readonly { traceId: string; expected?: { json: string }; note?: string }[]
}

const idsOf = ({ items }: Shown): string[] => items.map(({ traceId }) => traceId)

test('a cohort is created from a filter, changed, and read at any version', async () => {
  const created = await said(
    'cohort',
    'create',
    'bad',
    '--where',
    'feedback=negative',
    '--by',
    'Ada',
    '--comment',
    'May',
  )
  expect(created).toBe('bad@1: 2 traces (2 added)\n')
  const [first = '', second = ''] = idsOf(await json<Shown>('cohort', 'show', 'bad'))
  const others = (await json<{ items: { traceId: string }[] }>('runs')).items.map(({ traceId }) => traceId)
  const added = others.find(id => id !== first && id !== second) ?? ''
  const { items: runs } = await json<{ items: { runId: string; traceId: string }[] }>('runs')
  const run = runs.find(({ traceId }) => traceId === added)?.runId ?? ''
  expect(await said('cohort', 'add', 'bad', run, '--note', 'by its run')).toContain(
    'bad@2: 3 traces (1 added)',
  )
  expect(await said('cohort', 'add', 'bad', added)).toContain('(unchanged)')
  expect(await said('cohort', 'remove', 'bad', second)).toContain('bad@3: 2 traces (1 removed)')
  const expecting = ['cohort', 'expect', 'bad', first, '--expected', '{"text":"Sorry."}']
  expect(await said(...expecting)).toContain('bad@4: 2 traces (1 changed)')
  expect(idsOf(await json<Shown>('cohort', 'show', 'bad@1'))).toEqual([first, second])
  const shown = await json<Shown>('cohort', 'show', 'bad')
  expect(shown.items).toMatchObject([
    { traceId: first, expected: { json: '{"text":"Sorry."}' } },
    { traceId: added, note: 'by its run' },
  ])
  expect(shown.by).not.toBe('')
  const table = await said('cohort', 'show', 'bad')
  expect(table).toMatch(/^bad@4: 2 traces\ntrace +function +started \(UTC\) +expected +note\n/)
  expect(table).toMatch(new RegExp(`${first} +support.answer .* \\{ text: 'Sorry\\.' \\}|${first}.*Sorry`))
  const versions = await said('cohort', 'show', 'bad', '--versions')
  expect(versions).toMatch(/bad@1 +2 +2 added .* Ada +May/)
  expect(await said('cohort', 'list')).toMatch(/bad@4 +2 +0 /)
})

test('an expected output can come from a file, and is removed', async () => {
  await said('cohort', 'create', 'filed', '--where', 'feedback=negative', '--limit', '1')
  const [traceId = ''] = idsOf(await json<Shown>('cohort', 'show', 'filed'))
  project.write('expected.json', '"Sorry."')
  await said('cohort', 'expect', 'filed', traceId, '--file', 'expected.json')
  expect((await json<Shown>('cohort', 'show', 'filed')).items[0]?.expected?.json).toBe('"Sorry."')
  await said('cohort', 'create', 'copy', '--from', 'filed')
  await said('cohort', 'expect', 'filed', traceId, '--clear')
  expect((await json<Shown>('cohort', 'show', 'filed')).items[0]).not.toHaveProperty('expected')
  expect((await json<Shown>('cohort', 'show', 'copy')).items[0]?.expected?.json).toBe('"Sorry."')
  expect(await refused('cohort', 'expect', 'filed', traceId, '--expected', 'Sorry.')).toContain(
    'A text needs quotes',
  )
  expect(await refused('cohort', 'expect', 'filed', traceId)).toContain('in one way')
  expect(await refused('cohort', 'expect', 'filed', 'f'.repeat(32), '--clear')).toContain('is not in filed')
})

test('a cohort is exported, and erased traces are shown as gone', async () => {
  await said('cohort', 'create', 'exported', '--where', 'feedback=negative')
  await project.runtape(['export', '--cohort', 'exported', '--out', 'exported'])
  expect(readdirSync(join(project.folder, 'exported'))).toHaveLength(2)
  const other = await newProject()
  await other.runtape(['cohort', 'create', 'x', '--since', '1h'])
  const { stdout } = await other.runtape(['cohort', 'show', 'x', '--json'])
  const [gone = ''] = idsOf(JSON.parse(stdout) as Shown)
  await other.runtape(['erase', '--trace', gone])
  const { stdout: table } = await other.runtape(['cohort', 'show', 'x'])
  expect(table).toContain('x@1: 4 traces, 1 of them no longer on the tape')
  expect(table).toMatch(new RegExp(`${gone} +no longer on the tape`))
  const { stderr } = await other.runtape(['export', '--cohort', 'x@1', '--out', 'left'])
  expect(stderr).toContain('1 of 4 traces of x@1 are no longer on the tape.')
  expect(readdirSync(join(other.folder, 'left'))).toHaveLength(3)
})

test('unclear commands are refused, with the next step', async () => {
  expect(await refused('cohort', 'make', 'x')).toContain('Use create, add, remove')
  expect(await refused('cohort', 'create')).toContain('Name the cohort')
  expect(await refused('cohort', 'create', 'x')).toContain('Choose traces in one way')
  expect(await refused('cohort', 'create', 'x', 'f'.repeat(32))).toContain('No trace with a root on the tape')
  expect(await refused('cohort', 'create', 'x', 'id', '--where', 'feedback=negative')).toContain('in one way')
  expect(await refused('cohort', 'create', 'a b', '--since', '1h')).toContain('must be a name of letters')
  expect(await refused('cohort', 'show', 'none')).toContain('There is no cohort "none"')
  expect(await refused('cohort', 'delete', 'none')).toContain('There is no cohort "none"')
  expect(await refused('export', '--cohort', 'x', 'id')).toContain('not both')
})

test('a deleted cohort is gone, and its versions are not used again', async () => {
  await said('cohort', 'create', 'short', '--since', '1h')
  expect(await said('cohort', 'delete', 'short')).toContain('short is deleted')
  expect(await said('cohort', 'create', 'short', '--since', '1h')).toContain('short@2: 4 traces')
})

test('a replay of a cohort names it in every report, and judges by what is expected', {
  timeout: 120_000,
}, async () => {
  await said('cohort', 'create', 'judged', '--where', 'feedback=negative')
  const { items } = await json<Shown>('cohort', 'show', 'judged')
  const [first = '', second = ''] = items.map(({ traceId }) => traceId)
  const trace = await json<{ spans: { key: string; output: { json: string } }[] }>('trace', first)
  const output = trace.spans.find(({ key }) => key === 'support.answer')?.output.json ?? ''
  await said('cohort', 'expect', 'judged', first, '--expected', output)
  await said('cohort', 'expect', 'judged', second, '--expected', '"Sorry."')
  const replayed = ['replay', './agent.ts#answer', '--cohort', 'judged@3', '--evaluator', 'expected-output']
  const reporting = ['--reporter', 'pretty,markdown,junit,html']
  for (const more of [[], ['--isolate'], ['--shard', '2/2', '--test-run', 'ci']]) {
    const { code, stdout, stderr } = await project.runtape([...replayed, ...reporting, ...more])
    expect([code, stderr]).toEqual([1, expect.anything()])
    expect(stdout).toContain('cohort judged@3: 2 traces')
    expect(stdout).toContain(`expected-output: 0, Differs from the expected output in the whole output.`)
    expect(stdout).toMatch(/\n +expected: '?Sorry\./)
    if (!more.includes('--shard')) expect(stdout).toMatch(/expected-output {2}mean 0\.5.*1 of 2 pass/)
    const report = (name: string) => readFileSync(join(project.folder, 'runtape-report', name), 'utf8')
    const [page, ...files] = readdirSync(join(project.folder, 'runtape-report')).sort().map(report)
    for (const file of [page, ...files]) expect(file).toContain('judged@3')
  }
  const open = await project.runtape([...replayed.slice(0, 3), 'judged@2', ...replayed.slice(4)])
  expect(open.code).toBe(1)
  expect(open.stdout).toMatch(/expected-output {2}mean 1.*1 of 1 pass, 1 without a score/)
  const refusal = await project.runtape([...replayed, '--where', 'feedback=negative'])
  expect([refusal.code, refusal.stderr]).toEqual([2, expect.stringContaining('cohort excludes traceIds')])
})
