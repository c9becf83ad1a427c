import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { span } from '@runtape/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project
const marked = ['replay', './agent.ts#answer', '--mock', 'marked']
const read = (name: string) => readFileSync(join(project.folder, name), 'utf8')

beforeAll(async () => {
  project = await newProject()
  project.write(
    'options.ts',
    `import { decline } from '@runtape/replay'
let asked = 0
export const options = {
  mock: 'marked',
  where: { feedback: 'negative' },
  overrides: {
    'orders.lookup': ({ input: [order] }) => (order === 'A-3' ? { order, status: 'held at customs' } : decline),
  },
  evaluators: [
    { name: 'coin', evaluate: () => ({ score: asked++ % 2, pass: asked % 2 === 0 }) },
    { name: 'broken', evaluate: () => { throw new Error('no key for the model') } },
  ],
  thresholds: { coin: 0.9 },
}
export const calm = { ...options, evaluators: options.evaluators.slice(0, 1), thresholds: { coin: 0.5 } }
export const adapted = {
  traceIds: ['not', 'there'],
  mock: 'all',
  adaptInputs: ([ticket]) => [{ ...ticket, text: 'adapted' }],
  overrides: { 'orders.lookup': { status: 'lost' } },
}`,
  )
})

describe('built-in evaluators', () => {
  test('say how alike outputs are, and pass by a threshold of their own', async () => {
    const words = [...marked, '--evaluator', 'text-similarity:threshold=0.5', '--evaluator', 'json-diff']
    const { code, stdout } = await project.runtape(words, { GREETING: 'Hi' })
    expect(stdout).toMatch(/✓ text-similarity {2}0\.\d+ in the mean \(0\.\d+ to 1\), 4 of 4 pass/)
    expect(stdout).toContain('✗ json-diff  0.25 in the mean (0 to 1), 1 of 4 pass')
    expect(code).toBe(1)
  })

  test('leave out what may differ', async () => {
    project.write(
      'token.ts',
      `import { traced } from '@runtape/trace'
export const answer = traced('token', async () => ({ token: Math.random(), at: { day: Math.random() }, text: 'hi' }))
if (process.env.RECORD) {
  const { recorder } = await import('./agent.ts')
  await answer()
  await recorder.close()
}`,
    )
    const recorded = await project.runtape(['replay', './token.ts#answer'], { RECORD: '1' })
    expect(recorded.stderr).toBe(
      '1/1 replayed, 0.0 s\n'.replace('0.0', /([\d.]+) s/.exec(recorded.stderr)?.[1] ?? ''),
    )
    const judge = (evaluator: string) =>
      project.runtape(['replay', './token.ts#answer', '--evaluator', evaluator])
    expect((await judge('json-diff:ignore=token')).stdout).toContain('Differs in at.day.')
    expect((await judge('json-diff:ignore=token,at.day')).code).toBe(0)
    expect((await judge('json-diff,same-output')).code).toBe(1)
  })
})

test('a mean that reaches its threshold passes, whatever single items say', async () => {
  const words = [...marked, '--evaluator', 'same-output', '--threshold']
  const passed = await project.runtape([...words, 'same-output=0.25'], { GREETING: 'Hi' })
  expect(passed.stdout).toContain('✓ same-output  0.25 in the mean (0 to 1), 0.25 asked for, 1 of 4 pass')
  expect(passed.code).toBe(0)
  const missed = await project.runtape([...words, 'same-output=0.5', '--reporter', 'junit,markdown'], {
    GREETING: 'Hi',
  })
  expect(missed.code).toBe(1)
  expect(read('runtape-report/junit.xml')).toMatch(
    /<testcase .* name="same-output at least 0.5 in the mean" .*>\n +<failure message="✗ same-output {2}0.25 in the mean/,
  )
  expect(read('runtape-report/report.md')).toContain(
    '- `✗ same-output  0.25 in the mean (0 to 1), 0.5 asked for',
  )
})

describe('options of a module', () => {
  test('add what flags cannot say, for every reporter', async () => {
    const words = [
      'replay',
      './agent.ts#answer',
      '--with',
      './options.ts#options',
      '--attempts',
      '2',
      '--concurrency',
      '1',
    ]
    const reporters = ['--reporter', 'pretty,junit,markdown,html']
    const { code, stdout, stderr } = await project.runtape([...words, ...reporters])
    expect(stderr.match(/runtape: Evaluator 'broken' failed: no key for the model/g)).toHaveLength(1)
    expect(stdout).toContain('2 replayed: 1 same, 1 changed, 0 failed')
    expect(stdout).toContain('+ Hello, order A-3 is held at customs.')
    expect(stdout).toContain('✗ coin  0.5 in the mean (0.5 to 0.5), 0.9 asked for, 0 of 2 pass')
    const facts = [
      'attempts: 2 changed',
      'scores: coin 0.5 (0 to 1) ✗, broken none',
      'mocks: 1 served, 1 overridden (orders.lookup)',
      'broken gave no score: no key for the model',
    ]
    const [junit, markdown, page] = ['junit.xml', 'report.md', 'report.html'].map(name =>
      read(`runtape-report/${name}`),
    )
    for (const report of [stdout, junit, markdown]) for (const fact of facts) expect(report).toContain(fact)
    const shown = ['the mean of 2 attempts, from 0 to 1', 'overridden', 'no key for the model', 'mean of 0.9']
    for (const fact of shown) expect(page).toContain(fact)
    expect(code).toBe(1)
  })

  test('stand where flags say nothing, and flags win', async () => {
    const words = [
      'replay',
      './agent.ts#answer',
      '--with',
      './options.ts#calm',
      '--attempts',
      '2',
      '--concurrency',
      '1',
    ]
    expect((await project.runtape(words)).code).toBe(0)
    const more = ['--threshold', 'coin=1', '--mock', 'all', '--limit', '1', '--evaluator', 'same-output']
    const { code, stdout } = await project.runtape([...words, ...more])
    expect(stdout).toContain('1 replayed:')
    expect(stdout).toContain('0.5 in the mean (0.5 to 0.5), 1 asked for')
    expect(stdout).toContain('same-output')
    expect(code).toBe(1)
  })

  test('choose traces, unless flags choose others', async () => {
    const words = ['replay', './agent.ts#answer', '--with', './options.ts#adapted']
    expect((await project.runtape(words)).stdout).toContain('2 replayed: 0 same, 0 changed, 2 failed')
    const { stdout } = await project.runtape([...words, '--where', 'feedback=negative', '--limit', '1'])
    expect(stdout).toContain('+ Hello, order A-3 is lost.')
    expect(stdout).toContain('mocks: 1 overridden (orders.lookup), 1 never asked for (refunds.issue)')
  })

  test('bring a store of their own, which --store does not', async () => {
    project.write(
      'other-store.ts',
      `import { sqliteStore } from '@runtape/store-sqlite'
import { span } from '@runtape/testing'
export default { store: sqliteStore('other.db'), mock: 'marked' }`,
    )
    const words = ['replay', './agent.ts#answer', '--with', './other-store.ts']
    expect((await project.runtape(words)).stderr).toContain("The store has no trace of 'support.answer'")
    expect((await project.runtape([...words, '--store', 'runtape.db'])).code).toBe(0)
  })
})

test('an item that takes too long fails, and the rest goes on', async () => {
  project.write(
    'hangs.ts',
    `import { traced } from '@runtape/trace'
export const hangs = traced('support.answer', async ({ order }) => {
  if (order === 'A-2') await new Promise(() => setInterval(() => {}, 1000))
  return order
})`,
  )
  const { code, stdout } = await project.runtape(['replay', './hangs.ts#hangs', '--timeout', '200ms'])
  expect(stdout).toContain('4 replayed: 0 same, 3 changed, 1 failed')
  expect(stdout).toContain('had not ended after 200 ms')
  expect(code).toBe(1)
})

describe('a call that is not on the tape', () => {
  const catches = `import { answer } from './agent.ts'
import { traced } from '@runtape/trace'
const audit = traced('audit', { mockOnReplay: true }, async () => { console.error('audited') })
export const caught = traced('support.answer', async ({ order }) => {
  await audit().catch(() => {})
  return 'Hello, order ' + order + ' is shipped.'
})`

  test('is a regression also where the code caught it, unless such calls run', async () => {
    project.write('caught.ts', catches)
    const words = ['replay', './caught.ts#caught', '--mock', 'marked', '--where', 'feedback=negative']
    const refused = await project.runtape(words)
    expect(refused.stdout).toContain('2 replayed: 2 same, 0 changed, 0 failed')
    expect(refused.stdout).toContain('a call is not on the tape: audit')
    expect(refused.stderr).not.toContain('audited')
    expect(refused.code).toBe(1)
    const ran = await project.runtape([...words, '--on-miss', 'run', '--reporter', 'pretty,html'])
    expect(ran.stderr).toContain('audited')
    expect(ran.code).toBe(0)
    expect(read('runtape-report/report.html')).toContain('Nothing speaks against the change')
  })
})

describe('shards', () => {
  const shard = (part: string, testRun = 'ci-1') =>
    project.runtape([...marked, '--limit', '50', '--shard', part, '--test-run', testRun])

  test('of several processes have every trace once between them, in one test run', async () => {
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

  test('with no trace left for them say so, and are no failure', async () => {
    const empty = await shard('9/9')
    expect(empty).toMatchObject({
      code: 0,
      stdout: 'Nothing to replay here: there are fewer traces than shards. test run ci-1, shard 9/9\n',
    })
  })

  test('of one CI run meet by themselves, and those of another command do not', async () => {
    const env = { GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '2' }
    const run = (...words: string[]) => project.runtape([...marked, '--shard', ...words], env)
    const testRunOf = ({ stdout }: { stdout: string }) => /test run (\S+?),/.exec(stdout)?.[1]
    const [first, second, other] = [
      await run('1/2', '--out', 'one'),
      await run('2/2', '--out', 'two'),
      await run('2/2', '--where', 'feedback=negative'),
    ]
    expect(testRunOf(first)).toMatch(/^4711-2-[0-9a-f]{12}$/)
    expect(testRunOf(second)).toBe(testRunOf(first))
    expect(testRunOf(other)).not.toBe(testRunOf(first))
    expect([first.code, second.code, other.code]).toEqual([0, 0, 0])
  })

  test('elsewhere say how the others join them', async () => {
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

describe('a verdict of a person', () => {
  test('is kept on the replayed trace, also where the recorded one is named', async () => {
    await project.runtape([...marked, '--limit', '2', '--test-run', 'told', '--attempts', '2'])
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    const [newest, older] = (await store.testRuns.get('told'))?.sourceTraceIds ?? []
    const say = (...words: string[]) => project.runtape(['verdict', 'told', ...words])
    const first = await say(newest ?? '', 'fail', '--by', 'Ada', '--comment', 'promises a refund')
    expect(first.stdout).toMatch(/\n[0-9a-f]{32} {2}fail {5}Ada {2}promises a refund\n0 pass, 1 fail\n$/)
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
    const shown = JSON.parse((await say('--json')).stdout) as object
    expect(shown).toEqual(verdicts)
    expect((await say('abc', 'pass')).stderr).toContain('Test run told did not replay trace "abc"')
  })
})

test('what the change takes more or less is said, also in money where prices are asked for', async () => {
  project.write(
    'ask.ts',
    `import { traced } from '@runtape/trace'
export const ask = traced('ask', async () => 'an answer without a model')`,
  )
  const store = sqliteStore(join(project.folder, 'ask.db'))
  const root = span({ key: 'ask', name: 'ask', input: { json: '[]' } })
  const { traceId, spanId } = root
  const usage = { input: 1_000_000, output: 0, total: 1_000_000 }
  await store.append([
    root,
    span({ traceId, parentSpanId: spanId, key: 'model', model: 'gpt-4o-mini', usage }),
  ])
  await store.close()
  const words = ['replay', './ask.ts#ask', '--store', 'ask.db', '--reporter', 'pretty,junit,markdown,html']
  const { stdout } = await project.runtape([...words, '--prices'])
  const said = 'against the recording: −1,000,000 tokens (−100 %), −$0.15 (−100 %)'
  for (const report of [stdout, read('runtape-report/junit.xml'), read('runtape-report/report.md')])
    expect(report).toContain(said)
  expect(read('runtape-report/report.html')).toContain('−$0.15 (−100 %)')
  expect((await project.runtape(words)).stdout).not.toContain('$')
})
