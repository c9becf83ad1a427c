import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project
const marked = ['replay', './agent.ts#answer', '--mock', 'marked']

describe('misuse exits with code 2 and names the next step', () => {
  beforeAll(async () => {
    project = await newProject()
    project.write('enum.ts', `export enum Mood { Good }\nexport { answer } from './agent.ts'`)
    project.write('throws.ts', `throw new Error('no API key in the environment')`)
    project.write('missing.ts', `export * from './agent'`)
    project.write('options.ts', `export const misspelt = { overides: {} }\nexport const own = { signal: 1 }`)
    project.write('broken.ts', `export const answer = (\nexport { other } from './agent.ts'`)
    mkdirSync(join(project.folder, 'taken/report.html'), { recursive: true })
    await sqliteStore(join(project.folder, 'empty.db')).close()
    await sqliteStore(join(project.folder, 'later.db')).close()
    const later = new DatabaseSync(join(project.folder, 'later.db'))
    later.exec('PRAGMA user_version = 9999')
    later.close()
    project.write('view.tsx', `export { answer } from './agent.ts'`)
    project.write('method.ts', `import { answer } from './agent.ts'\nexport const desk = { answer }`)
  })

  test.each([
    [['replay'], 'Name one traced function'],
    [['replay', './nowhere.ts#answer'], 'There is no file'],
    [
      ['replay', './agent.ts#nothing'],
      './agent.ts has no export "nothing". Traced functions: ./agent.ts#answer, ./agent.ts#other.',
    ],
    [['replay', './agent.ts#notTraced'], '"notTraced" of ./agent.ts is not a traced function'],
    [['replay', './agent.ts'], 'Name the function of ./agent.ts to replay'],
    [['replay', './agent.ts#other'], "The store has no trace of 'other'"],
    [['replay', './agent.ts#answer', '--store', 'nope.db'], 'There is no database at'],
    [['replay', './agent.ts#answer', '--store', 'agent.ts'], 'the file is not an SQLite database'],
    [
      ['replay', './agent.ts#answer', '--mock', 'some'],
      '--mock must be one of none, marked, model, all (got "some")',
    ],
    [
      ['replay', './agent.ts#answer', '--limit', '0'],
      '--limit must be a whole number of at least 1 (got "0")',
    ],
    [
      ['replay', './agent.ts#answer', '--where', 'mood=bad'],
      '--where has no name "mood" (got "mood=bad"). Write a filter',
    ],
    [['replay', './agent.ts#answer', '--where', 'feedback:'], 'expected a value, found the end'],
    [['replay', './agent.ts#answer', '--where', 'feedback='], '--where name=value has no value'],
    [
      ['replay', './agent.ts#answer', '--where', 'feedback=bad'],
      '--where feedback must be positive or negative',
    ],
    [
      ['replay', './agent.ts#answer', '--since', '-1d'],
      `Option '--since' argument is ambiguous. "runtape replay --help" lists the flags.`,
    ],
    [['replay', './agent.ts#answer', '--trace', ''], '--trace is empty. Give it a value, or omit it.'],
    [['replay', './agent.ts#answer', '--store='], '--store is empty.'],
    [['replay', '.#answer'], 'is a folder. Name the module that exports the traced function.'],
    [['help', 'dance'], 'There is no command "dance".'],
    [['replay', './agent.ts#answer', '--since', 'soon'], 'where.since is not a time: soon'],
    [
      ['replay', './agent.ts#answer', '--limit', '1', '--trace', 'abc'],
      'limit and traceIds exclude each other',
    ],
    [['replay', './agent.ts#answer', '--shard', '5/4'], '--shard must be like 2/4'],
    [['replay', './agent.ts#answer', '--attempts', '0'], '--attempts must be a whole number of at least 1'],
    [['replay', './agent.ts#answer', '--timeout', '30'], '--timeout must be a duration such as 500ms'],
    [['replay', './agent.ts#answer', '--timeout', '900h'], 'at most 596h (got "900h")'],
    [['replay', './agent.ts#answer', '--threshold', 'x'], '--threshold needs name=number, from 0 to 1'],
    [
      ['replay', './agent.ts#answer', '--threshold', 'same-output=2'],
      '--threshold needs name=number, from 0 to 1',
    ],
    [
      ['replay', './agent.ts#answer', '--threshold', 'polite=0.9'],
      "thresholds names 'polite', but no evaluator has this name",
    ],
    [
      ['replay', './agent.ts#answer', '--evaluator', 'json-diff:ignor=id'],
      '--evaluator json-diff has no setting "ignor=id": it has ignore, threshold',
    ],
    [
      ['replay', './agent.ts#answer', '--evaluator', 'text-similarity:threshold=high'],
      'A threshold must be a number from 0 to 1 (got "high")',
    ],
    [
      ['replay', './agent.ts#answer', '--evaluator', './nowhere.ts#polite'],
      'Name the module that exports the evaluator',
    ],
    [
      ['replay', './agent.ts#answer', '--with', './nowhere.ts#options'],
      'Name the module that exports the options',
    ],
    [
      ['replay', './agent.ts#answer', '--with', './options.ts#none'],
      './options.ts#none is not an options object',
    ],
    [
      ['replay', './agent.ts#answer', '--with', './options.ts#misspelt'],
      './options.ts#misspelt has the option "overides", which --with does not support. It supports store, where',
    ],
    [
      ['replay', './agent.ts#answer', '--with', './options.ts#own'],
      './options.ts#own has the option "signal", which --with does not support',
    ],
    [
      ['replay', './agent.ts#answer', '--reporter', 'html', '--out', 'agent.ts'],
      'The reports cannot be written into',
    ],
    [
      ['replay', './agent.ts#answer', '--reporter', 'html', '--out', 'taken'],
      'taken/report.html is a folder. Pass --out <folder>.',
    ],
    [['replay', 'C:\\work\\agent.ts#answer'], 'There is no file'],
    [['replay', './broken.ts#answer'], './broken.ts is not valid TypeScript: '],
    [['replay', './agent.ts#answer', '--store', 'empty.db'], "The store has no trace of 'support.answer'"],
    [['replay', './agent.ts#answer', '--store', 'later.db'], 'later.db'],
    [['replay', './agent.ts#answer', './agent.ts#other'], 'Name one traced function'],
    [['verdict'], 'Name a test run, a trace in it, and your verdict'],
    [['verdict', 'a', 'b', 'maybe'], 'Name a test run, a trace in it, and your verdict'],
    [['verdict', 'nope'], 'The store has no test run "nope"'],
    [['replay', './agent.ts#answer', '--reporter', 'pdf'], 'There is no reporter "pdf"'],
    [['replay', './agent.ts#answer', '--evaluator', 'mood'], 'There is no evaluator "mood"'],
    [['replay', './agent.ts#answer', '--fast'], "Unknown option '--fast'"],
    [['replay', './enum.ts#answer'], `NODE_OPTIONS='--import tsx'`],
    [['replay', './view.tsx#answer'], `NODE_OPTIONS='--import tsx'`],
    [['replay', './missing.ts#answer'], `Imports need the full file name`],
    [['replay', './throws.ts#answer'], 'could not be loaded: no API key in the environment (at file://'],
    [['runs', '--limit', 'many'], '--limit must be a whole number'],
    [['usage', '--by', 'mood'], '--by knows hour, day'],
    [['trace'], 'Name one trace or run'],
    [['trace', 'abc'], 'The store has no trace or run "abc"'],
    [['export'], 'Choose traces: runtape export'],
    [['dance'], 'There is no command "dance". Use one of init, replay, '],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await project.runtape(words)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect([code, stdout]).toEqual([2, ''])
  })

  test('a damaged tape is named, and is not a regression', async () => {
    mkdirSync(join(project.folder, 'damaged'))
    project.write('damaged/a.json', '{ "tape": 1 }')
    const { code, stderr } = await project.runtape([...marked, '--store', 'damaged'])
    expect(stderr).toContain('/damaged/a.json cannot be used: it lacks "runs" or "spans"')
    expect(code).toBe(2)
  })

  test('prices that are not installed are named', async () => {
    const bare = await newProject('empty')
    rmSync(join(bare.folder, 'node_modules'))
    const { code, stderr } = await bare.runtape(['replay', './agent.ts#answer', '--prices'])
    expect(stderr).toContain(
      '--prices needs two packages in your project: npm install @runtape/recorder @pydantic/genai-prices',
    )
    expect(code).toBe(2)
  })

  test('a query creates no database', () => {
    expect(existsSync(join(project.folder, 'nope.db'))).toBe(false)
  })

  test('a method is named with its object', async () => {
    expect((await project.runtape(['replay', './method.ts#desk.answer', '--mock', 'marked'])).code).toBe(0)
  })
})
