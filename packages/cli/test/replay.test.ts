import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { xmlProblems } from './junit-schema.ts'
import { newProject, type Project } from './project.ts'

let project: Project
const marked = ['replay', './agent.ts#answer', '--mock', 'marked']

beforeAll(async () => {
  project = await newProject()
})

const ledger = () => readFileSync(join(project.folder, 'ledger.txt'), 'utf8')

test('an unchanged program is the same in every item, with exit code 0', async () => {
  const before = ledger()
  const { code, stdout } = await project.runtape([...marked, '--evaluator', 'same-output'])
  expect(stdout.replace(/[0-9a-f-]{36}/, '<id>')).toBe(
    'support.answer  4 replayed: 4 same, 0 changed, 0 failed\n' +
      'calls: 6 served, 0 drifted, 0 missed, 0 unused\n' +
      '✓ same-output  mean 1, 4 of 4 pass\n' +
      'test run <id>\n',
  )
  expect(code).toBe(0)
  expect(ledger()).toBe(before)
})

test('a changed output is shown, and fails only by an evaluator', async () => {
  const changed = await project.runtape(marked, { GREETING: 'Hi' })
  expect(changed.stdout).toContain('    - Hello, order A-1 is shipped.\n    + Hi, order A-1 is shipped.')
  expect(changed.stdout).toContain('4 replayed: 1 same, 3 changed, 0 failed')
  expect(changed.stdout).toContain('changed: not a failure, since no evaluator judges it')
  expect(changed.code).toBe(0)
  const judged = await project.runtape([...marked, '--evaluator', 'same-output'], { GREETING: 'Hi' })
  expect(judged.stdout).toContain('    same-output: 0')
  expect(judged.stdout).not.toContain('no evaluator')
  expect(judged.code).toBe(1)
})

test('an unrecorded call does not run, is named, and the exit code is 1', async () => {
  const before = ledger()
  const { code, stdout } = await project.runtape([...marked, '--where', 'feedback=negative'], { EXTRA: '1' })
  expect(stdout).toContain('    calls that differ: + refunds.issue\n')
  expect(stdout).toContain('    calls: 2 served, 1 missed (refunds.issue)\n')
  expect(stdout).toContain('calls that differ:\n  + refunds.issue  in 2 items\n')
  expect(stdout).toContain('2 replayed: 0 same, 0 changed, 2 failed')
  expect(code).toBe(1)
  expect(ledger()).toBe(before)
})

test('a dry run runs nothing', async () => {
  const before = ledger()
  const { code, stdout } = await project.runtape([...marked, '--dry-run'])
  expect(stdout).toContain('4 traces of support.answer would be replayed. Nothing was run.')
  expect(stdout).toContain('  refunds.issue: 2 served')
  expect(code).toBe(0)
  expect(ledger()).toBe(before)
})

test('an evaluator of the project is applied', async () => {
  project.write(
    'evaluators.ts',
    `import type { Evaluator } from '@runtape/replay'
export const polite: Evaluator = {
  name: 'polite',
  evaluate: ({ result }) => ({ score: 1, pass: String(result).includes('please'), reasoning: 'no please' }),
}
export const wrong = 1`,
  )
  const { code, stdout } = await project.runtape([
    ...marked,
    '--evaluator',
    './evaluators.ts#polite',
    '--limit',
    '1',
  ])
  expect(stdout).toContain('polite: 1, no please')
  expect(code).toBe(1)
  expect((await project.runtape([...marked, '--evaluator', './evaluators.ts#wrong'])).code).toBe(2)
})

test('each report is one file, and its path is printed', async () => {
  const reporters = ['--reporter', 'junit,markdown', '--reporter', 'html,html', '--out', 'out']
  const { stdout } = await project.runtape([...marked, ...reporters, '--evaluator', 'same-output'], {
    GREETING: '<Hi>',
  })
  expect(stdout).toBe('out/junit.xml\nout/report.md\nout/report.html\n')
  const [junit = '', markdown = '', page = ''] = ['junit.xml', 'report.md', 'report.html'].map(name =>
    readFileSync(join(project.folder, 'out', name), 'utf8'),
  )
  expect(junit).toMatch(
    /<testsuites name="runtape replay" tests="4" failures="3" errors="0" time="\d+\.\d{3}">/,
  )
  expect(xmlProblems(junit)).toEqual([])
  expect(junit).toContain(
    '<failure type="changed" message="same-output: 0  - Hello, order A-3 is shipped.  + &lt;Hi&gt;, order A-3 is shipped.">',
  )
  expect(markdown).toContain('## ❌ Replay of `support.answer`')
  expect(markdown).toContain('+ <Hi>, order A-3 is shipped.')
  expect(page).toContain('<h1>Replay of support.answer</h1>')
  expect(page).toContain('&lt;Hi&gt;')
})

test('progress is printed to stderr in plain lines without a terminal', async () => {
  const { stderr } = await project.runtape(marked)
  expect(stderr).toMatch(/^1\/4 replayed, [\d.]+ s\n2\/4 .*\n3\/4 .*\n4\/4 .*\n$/)
})

test('exported traces replay without the database', async () => {
  const exported = await project.runtape(['export', '--where', 'feedback=negative', '--out', 'tapes'])
  expect(exported.code).toBe(0)
  expect(exported.stdout.split('\n').filter(path => path.startsWith('tapes/support.answer-'))).toHaveLength(2)
  expect(exported.stderr).toContain('read them before you commit them')
  const { code, stdout } = await project.runtape([...marked, '--store', 'tapes'])
  expect(stdout).toContain('2 replayed: 2 same')
  expect(code).toBe(0)
})

test('type stripping is enabled if Node has it turned off', async () => {
  const { code, stdout } = await project.runtape(marked, {}, ['--no-experimental-strip-types'])
  expect(stdout).toContain('4 replayed: 4 same')
  expect(code).toBe(0)
})

test('a module with open handles does not delay the command', async () => {
  project.write('busy.ts', `export { answer } from './agent.ts'\nsetInterval(() => {}, 1000)`)
  expect((await project.runtape(['replay', './busy.ts#answer', '--mock', 'marked'])).code).toBe(0)
})

test('requests of the replayed code are refused with the flag', async () => {
  project.write(
    'fetches.ts',
    `import { traced } from '@runtape/trace'
export const fetches = traced('support.answer', async () => fetch('http://127.0.0.1:9/').catch(error => String(error)))`,
  )
  const { stdout } = await project.runtape([
    'replay',
    './fetches.ts#fetches',
    '--limit',
    '1',
    '--guard-network',
  ])
  expect(stdout).toContain('127.0.0.1:9')
})
