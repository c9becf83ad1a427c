import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project
const marked = ['replay', './agent.ts#answer', '--mock', 'marked']
const read = (name: string) => readFileSync(join(project.folder, name), 'utf8')

beforeAll(async () => {
  project = await newProject()
})

describe('shards', () => {
  const shard = (part: string, testRun = 'ci-1') =>
    project.runtape([...marked, '--limit', '50', '--shard', part, '--test-run', testRun])

  test('of several processes cover every trace once, in one test run', async () => {
    const shards = await Promise.all(['1/3', '2/3', '3/3'].map(part => shard(part)))
    expect(shards.map(({ code }) => code)).toEqual([0, 0, 0])
    const counts = shards.map(({ stdout }) => Number(/ (\d+) replayed/.exec(stdout)?.[1] ?? 0))
    expect(counts).toEqual([2, 1, 1])
    expect(shards[1]?.stdout).toContain('test run ci-1, shard 2/3\n')
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    const made = (await store.traces.list({ testRunId: 'ci-1', limit: 50 })).items
    const roots = await Promise.all(made.map(({ traceId, spanId }) => store.traces.getSpan(traceId, spanId)))
    expect(new Set(roots.map(root => root?.replay?.sourceTraceId)).size).toBe(4)
    expect((await store.testRuns.get('ci-1'))?.status).toBe('completed')
    await store.close()
  })

  test('without a trace say so, and do not fail', async () => {
    const empty = await shard('9/9')
    expect(empty).toMatchObject({
      code: 0,
      stdout:
        'Nothing to replay in this shard: there are fewer traces than shards. test run ci-1, shard 9/9\n',
    })
  })

  test('of one CI run share a test run, and those of another command do not', async () => {
    const env = { GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '2' }
    const run = (...words: string[]) => project.runtape([...marked, '--shard', ...words], env)
    const testRunOf = ({ stdout }: { stdout: string }) => /test run (\S+?),/.exec(stdout)?.[1]
    const [first, second, other] = [
      await run('1/2', '--out', 'one', '--reporter', 'pretty,junit,markdown,html'),
      await run('2/2', '--out', 'two'),
      await run('2/2', '--where', 'feedback=negative'),
    ]
    expect(read('one/junit.xml')).toContain('<property name="shard" value="1/2"/>')
    expect(read('one/report.md')).toContain('Replay of `support.answer`, shard `1/2`\n')
    expect(read('one/report.html')).toContain('<h1>Replay of support.answer, shard 1/2</h1>')
    expect(testRunOf(first)).toMatch(/^4711-2-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    expect(testRunOf(second)).toBe(testRunOf(first))
    expect(testRunOf(other)).not.toBe(testRunOf(first))
    expect([first.code, second.code, other.code]).toEqual([0, 0, 0])
  })

  test('outside CI print how the others can join', async () => {
    const services = [
      'CI_PIPELINE_ID',
      'BUILDKITE_BUILD_ID',
      'CIRCLE_WORKFLOW_ID',
      'BUILD_BUILDID',
      'BUILD_TAG',
    ]
    const noService = Object.fromEntries(services.map(name => [name, '']))
    const { code, stdout, stderr } = await project.runtape([...marked, '--shard', '1/2'], noService)
    const [, id = ''] = /Shard 1\/2 of test run (\S+)\. .*: --test-run \1\./.exec(stderr) ?? []
    expect(stdout).toContain(`test run ${id}, shard 1/2`)
    const joined = await shard('2/2', id)
    expect(joined.stdout).toContain(`test run ${id}, shard 2/2`)
    expect([code, joined.code]).toEqual([0, 0])
  })

  test('of another function are refused', async () => {
    const words = ['replay', './other.ts#other', '--test-run', 'ci-1', '--shard', '1/2']
    project.write(
      'other.ts',
      `import { traced } from '@runtape/trace'\nexport const other = traced('another', () => 1)`,
    )
    const { code, stderr } = await project.runtape(words)
    expect(stderr).toContain("Test run ci-1 replays 'support.answer', not 'another'")
    expect(code).toBe(2)
  })
})

describe('the verdict of a person', () => {
  test('is stored for the replayed trace, even if given for the recorded one', async () => {
    await project.runtape([...marked, '--limit', '2', '--test-run', 'told', '--attempts', '2'])
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    const [newest, older] = (await store.testRuns.get('told'))?.sourceTraceIds ?? []
    const say = (...words: string[]) => project.runtape(['verdict', 'told', ...words])
    const first = await say(newest ?? '', 'fail', '--by', 'Ada', '--comment', 'promises a refund')
    expect(first.stdout).toMatch(
      /\n[0-9a-f]{32} {2}fail {5}Ada {2}[-\d]{10} [:\d]{8} {2}promises a refund *\n0 pass, 1 fail\n$/,
    )
    await say(older ?? '', 'pass')
    const { verdicts = {} } = (await store.testRuns.get('told')) ?? {}
    const made = (await store.traces.list({ testRunId: 'told', limit: 50 })).items
    const roots = await Promise.all(made.map(({ traceId, spanId }) => store.traces.getSpan(traceId, spanId)))
    const firstOf = (source: string | undefined) =>
      roots
        .filter(root => root?.replay?.sourceTraceId === source)
        .sort((a, b) => (a?.startedAt ?? 0) - (b?.startedAt ?? 0))[0]
    expect(made).toHaveLength(4)
    expect(Object.keys(verdicts)).toEqual([newest, older].map(source => firstOf(source)?.traceId))
    await store.close()
    expect(Object.values(verdicts).map(({ pass }) => pass)).toEqual([false, true])
    const shown = JSON.parse((await say('--json')).stdout) as { verdicts: object }
    expect(shown.verdicts).toEqual(verdicts)
    expect((await say('abc', 'pass')).stderr).toContain('Test run told did not replay trace "abc"')
  })
})
