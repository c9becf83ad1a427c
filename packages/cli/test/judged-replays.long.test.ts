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
  test('score similarity, and pass by their own threshold', async () => {
    const words = [...marked, '--evaluator', 'text-similarity:threshold=0.5', '--evaluator', 'json-diff']
    const { code, stdout } = await project.runtape(words, { GREETING: 'Hi' })
    expect(stdout).toMatch(/✓ text-similarity {2}mean 0\.\d+ \(0\.\d+ to 1\), 4 of 4 pass/)
    expect(stdout).toContain('✗ json-diff  mean 0.25 (0 to 1), 1 of 4 pass')
    expect(code).toBe(1)
  })

  test('ignore the given paths', async () => {
    project.write(
      'token.ts',
      `import { traced } from '@runtape/trace'
export const answer = traced('token', async () => ({ token: Math.random(), at: { day: Math.random() }, text: 'hi' }))`,
    )
    project.write(
      'record-token.ts',
      `import { recorder } from './agent.ts'
import { answer } from './token.ts'
await answer()
await recorder.close()`,
    )
    expect(await project.node('record-token.ts')).toMatchObject({ code: 0, stderr: '' })
    const judge = (evaluator: string) =>
      project.runtape(['replay', './token.ts#answer', '--evaluator', evaluator])
    expect((await judge('json-diff:ignore=token')).stdout).toContain('Differs in at.day.')
    expect((await judge('json-diff:ignore=token,at.day')).code).toBe(0)
    expect((await judge('json-diff,same-output')).code).toBe(1)
  })
})

test('a mean that reaches its threshold passes, even if single items fail', async () => {
  const words = [...marked, '--evaluator', 'same-output', '--threshold']
  const passed = await project.runtape([...words, 'same-output=0.25'], { GREETING: 'Hi' })
  expect(passed.stdout).toContain('✓ same-output  mean 0.25 (0 to 1), threshold 0.25, 1 of 4 pass')
  expect(passed.code).toBe(0)
  const missed = await project.runtape([...words, 'same-output=0.5', '--reporter', 'junit,markdown'], {
    GREETING: 'Hi',
  })
  expect(missed.code).toBe(1)
  expect(read('runtape-report/junit.xml')).toMatch(
    /<testcase .* name="same-output has a mean of at least 0.5" .*>\n +<failure type="failed" message="✗ same-output {2}mean 0.25/,
  )
  expect(read('runtape-report/report.md')).toContain('- `✗ same-output  mean 0.25 (0 to 1), threshold 0.5')
})

describe('options of a module', () => {
  test('add settings without a flag, for every reporter', async () => {
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
    expect(stdout).toContain('✗ coin  mean 0.5, threshold 0.9, 0 of 2 pass')
    const facts = [
      'attempts: 2 changed',
      'scores: coin 0.5 (0 to 1) ✗, broken none',
      'calls: 1 served, 1 overridden (orders.lookup)',
      'broken returned no score: no key for the model',
    ]
    const [junit, markdown, page] = ['junit.xml', 'report.md', 'report.html'].map(name =>
      read(`runtape-report/${name}`),
    )
    for (const report of [stdout, junit, markdown]) for (const fact of facts) expect(report).toContain(fact)
    const shown = ['the mean of 2 attempts, from 0 to 1', 'overridden', 'no key for the model', 'mean of 0.9']
    for (const fact of shown) expect(page).toContain(fact)
    expect(code).toBe(1)
  })

  test('apply unless a flag overrides them', async () => {
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
    expect(stdout).toContain('mean 0.5, threshold 1')
    expect(stdout).toContain('same-output')
    expect(code).toBe(1)
  })

  test('select traces, unless flags select others', async () => {
    const words = ['replay', './agent.ts#answer', '--with', './options.ts#adapted']
    expect((await project.runtape(words)).stdout).toContain('2 replayed: 0 same, 0 changed, 2 failed')
    const { stdout } = await project.runtape([...words, '--where', 'feedback=negative', '--limit', '1'])
    expect(stdout).toContain('+ Hello, order A-3 is lost.')
    expect(stdout).toContain('calls: 1 overridden (orders.lookup), 1 unused (refunds.issue)')
  })

  test('may contain a store, which --store overrides', async () => {
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

test('an item that takes too long fails, and the others continue', async () => {
  project.write(
    'hangs.ts',
    `import { traced } from '@runtape/trace'
export const hangs = traced('support.answer', async ({ order }) => {
  if (order === 'A-2') await new Promise(() => setInterval(() => {}, 1000))
  return order
})`,
  )
  const { code, stdout } = await project.runtape(['replay', './hangs.ts#hangs', '--timeout', '2s'])
  expect(stdout).toContain('4 replayed: 0 same, 3 changed, 1 failed')
  expect(stdout).toContain('had not ended after 2000 ms')
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

  test('is a regression even if caught by the code, unless such calls run', async () => {
    project.write('caught.ts', catches)
    const words = ['replay', './caught.ts#caught', '--mock', 'marked', '--where', 'feedback=negative']
    const refused = await project.runtape(words)
    expect(refused.stdout).toContain('2 replayed: 0 same, 0 changed, 2 failed')
    expect(refused.stdout).toContain('a call was missed: audit')
    expect(refused.stderr).not.toContain('audited')
    expect(refused.code).toBe(1)
    const ran = await project.runtape([...words, '--on-miss', 'run', '--reporter', 'pretty,html'])
    expect(ran.stderr).toContain('audited')
    expect(ran.code).toBe(0)
    expect(read('runtape-report/report.html')).toContain('The replay passes')
  })
})

test('the change in tokens is reported, and in cost with --prices', async () => {
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
