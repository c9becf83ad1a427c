import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project
const marked = ['replay', './agent.ts#answer', '--mock', 'marked']

beforeAll(async () => {
  project = await newProject()
})

const ledger = () => readFileSync(join(project.folder, 'ledger.txt'), 'utf8')

test('an unchanged program is the same in every item, and the exit code is 0', async () => {
  const before = ledger()
  const { code, stdout } = await project.runtape([...marked, '--evaluator', 'same-output'])
  expect(stdout).toBe(
    'support.answer  4 replayed: 4 same, 0 changed, 0 failed\n' +
      '6 answered from the tape, 0 with another input, 0 not on it, 0 never asked for\n',
  )
  expect(code).toBe(0)
  expect(ledger()).toBe(before)
})

test('a changed output is shown, and fails only where an evaluator says so', async () => {
  const changed = await project.runtape(marked, { GREETING: 'Hi' })
  expect(changed.stdout).toContain('    - Hello, order A-1 is shipped.\n    + Hi, order A-1 is shipped.')
  expect(changed.stdout).toContain('4 replayed: 1 same, 3 changed, 0 failed')
  expect(changed.code).toBe(0)
  const judged = await project.runtape([...marked, '--evaluator', 'same-output'], { GREETING: 'Hi' })
  expect(judged.stdout).toContain('    same-output: 0')
  expect(judged.code).toBe(1)
})

test('a call that is not on the tape does not run, is named, and the exit code is 1', async () => {
  const before = ledger()
  const { code, stdout } = await project.runtape([...marked, '--where', 'feedback=negative'], { EXTRA: '1' })
  expect(stdout).toContain('not on the tape: refunds.issue')
  expect(stdout).toContain('2 replayed: 0 same, 0 changed, 2 failed')
  expect(code).toBe(1)
  expect(ledger()).toBe(before)
})

test('an evaluator of the project judges', async () => {
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

test('the reports are files, each once, and their paths are printed', async () => {
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
  expect(junit).toContain('<failure message="same-output: 0">')
  expect(markdown).toContain('## ❌ Replay of `support.answer`')
  expect(markdown).toContain('+ <Hi>, order A-3 is shipped.')
  expect(page).toContain('<h1>Replay of support.answer</h1>')
  expect(page).toContain('&lt;Hi&gt;')
})

test('progress is said on stderr in plain lines where there is no terminal', async () => {
  const { stderr } = await project.runtape(marked)
  expect(stderr).toMatch(/^1\/4 replayed, [\d.]+ s\n2\/4 .*\n3\/4 .*\n4\/4 .*\n$/)
})

test('traces that were exported replay without the database', async () => {
  const exported = await project.runtape(['export', '--where', 'feedback=negative', '--out', 'tapes'])
  expect(exported.code).toBe(0)
  expect(exported.stdout.split('\n').filter(path => path.startsWith('tapes/support.answer-'))).toHaveLength(2)
  expect(exported.stderr).toContain('read them before you commit them')
  const { code, stdout } = await project.runtape([...marked, '--store', 'tapes'])
  expect(stdout).toContain('2 replayed: 2 same')
  expect(code).toBe(0)
})

test('Nodes that strip types only when told are told', async () => {
  const { code, stdout } = await project.runtape(marked, {}, ['--no-experimental-strip-types'])
  expect(stdout).toContain('4 replayed: 4 same')
  expect(code).toBe(0)
})

test('a module that keeps the process busy does not keep the command waiting', async () => {
  project.write('busy.ts', `export { answer } from './agent.ts'\nsetInterval(() => {}, 1000)`)
  expect((await project.runtape(['replay', './busy.ts#answer', '--mock', 'marked'])).code).toBe(0)
})

test('shards have every trace once between them, and an empty one is no failure', async () => {
  const shards = await Promise.all(
    [1, 2, 3].map(i => project.runtape([...marked, '--limit', '50', '--shard', `${i}/3`])),
  )
  const counts = shards.map(({ stdout }) => Number(/ (\d+) replayed/.exec(stdout)?.[1] ?? 0))
  expect(counts.reduce((a, b) => a + b)).toBe(4)
  expect(shards.map(({ code }) => code)).toEqual([0, 0, 0])
  const empty = await project.runtape([...marked, '--shard', '99/10000'])
  expect(empty).toMatchObject({ code: 0, stdout: 'None of the 4 traces is in shard 99/10000.\n' })
})

test('requests of the replayed code are refused where that is asked for', async () => {
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

test('an interrupted replay says so, and so does its test run', async () => {
  project.write(
    'slow.ts',
    `import { traced } from '@runtape/trace'
export const slow = traced('support.answer', async () => {
  console.log('began')
  await new Promise(resolve => setTimeout(resolve, 60_000))
})`,
  )
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  // With the flag the command is one process on every Node, and the signal reaches the replay itself.
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, main, 'replay', './slow.ts#slow', '--limit', '1'], {
    cwd: project.folder,
  })
  const said = text(child.stderr)
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  expect(code).toBe(130)
  expect(await said).toContain('Interrupted. Test run')
  const store = sqliteStore(join(project.folder, 'runtape.db'))
  const { items } = await store.testRuns.list({ limit: 1 })
  await store.close()
  expect(items[0]?.status).toBe('interrupted')
})

describe('misuse ends with code 2 and says what to do', () => {
  beforeAll(() => {
    project.write('enum.ts', `export enum Mood { Good }\nexport { answer } from './agent.ts'`)
    project.write('throws.ts', `throw new Error('no API key in the environment')`)
    project.write('missing.ts', `export * from './agent'`)
    project.write('view.tsx', `export { answer } from './agent.ts'`)
    project.write('method.ts', `import { answer } from './agent.ts'\nexport const desk = { answer }`)
  })

  test.each([
    [['replay'], 'Name one traced function'],
    [['replay', './nowhere.ts#answer'], 'There is no file'],
    [
      ['replay', './agent.ts#nothing'],
      './agent.ts has no export "nothing". Traced there: ./agent.ts#answer, ./agent.ts#other.',
    ],
    [['replay', './agent.ts#notTraced'], '"notTraced" of ./agent.ts is not a traced function'],
    [['replay', './agent.ts'], 'Say which function of ./agent.ts to replay'],
    [['replay', './agent.ts#other'], "The store has no trace of 'other'"],
    [['replay', './agent.ts#answer', '--store', 'nope.db'], 'There is no database at'],
    [['replay', './agent.ts#answer', '--store', 'agent.ts'], 'the file is not an SQLite database'],
    [
      ['replay', './agent.ts#answer', '--mock', 'some'],
      '--mock must be one of none, marked, all (got "some")',
    ],
    [['replay', './agent.ts#answer', '--limit', '0'], '--limit must be a whole number, 1 or more (got "0")'],
    [['replay', './agent.ts#answer', '--where', 'mood=bad'], '--where knows feedback, outcome'],
    [['replay', './agent.ts#answer', '--where', 'feedback'], '--where needs name=value'],
    [['replay', './agent.ts#answer', '--since', 'soon'], 'where.since is not a time: soon'],
    [
      ['replay', './agent.ts#answer', '--limit', '1', '--trace', 'abc'],
      'limit and traceIds exclude each other',
    ],
    [['replay', './agent.ts#answer', '--shard', '5/4'], '--shard must be like 2/4'],
    [['replay', './agent.ts#answer', '--reporter', 'pdf'], 'There is no reporter "pdf"'],
    [['replay', './agent.ts#answer', '--evaluator', 'mood'], 'There is no evaluator "mood"'],
    [['replay', './agent.ts#answer', '--fast'], "Unknown option '--fast'"],
    [['replay', './enum.ts#answer'], `NODE_OPTIONS='--import tsx'`],
    [['replay', './view.tsx#answer'], `NODE_OPTIONS='--import tsx'`],
    [['replay', './missing.ts#answer'], `Imports need the whole name of the file`],
    [['replay', './throws.ts#answer'], 'could not be loaded: no API key in the environment (at file://'],
    [['runs', '--limit', 'many'], '--limit must be a whole number'],
    [['usage', '--by', 'mood'], '--by knows hour, day'],
    [['trace'], 'Name one trace or run'],
    [['trace', 'abc'], 'There is no trace and no run "abc" in the store'],
    [['export'], 'Say which traces'],
    [['dance'], 'There is no command "dance". Use one of replay, runs'],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await project.runtape(words)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect([code, stdout]).toEqual([2, ''])
  })

  test('a tape that was damaged is named, and is no regression', async () => {
    mkdirSync(join(project.folder, 'damaged'))
    project.write('damaged/a.json', '{ "tape": 1 }')
    const { code, stderr } = await project.runtape([...marked, '--store', 'damaged'])
    expect(stderr).toContain('The tape file damaged/a.json cannot be used: it lacks "runs" or "spans"')
    expect(code).toBe(2)
  })

  test('nothing is made by asking', () => {
    expect(existsSync(join(project.folder, 'nope.db'))).toBe(false)
  })

  test('a method is named with its object', async () => {
    expect((await project.runtape(['replay', './method.ts#desk.answer', '--mock', 'marked'])).code).toBe(0)
  })
})
