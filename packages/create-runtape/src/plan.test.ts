import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { planFor } from './plan.ts'
import { examineProject } from './project/project.ts'
import { writeFiles } from './write-files.ts'

/** A folder with these files. */
function application(manifest: object | string, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-init-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
  for (const [path, content] of Object.entries({ 'package.json': text, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

const dependencies = { openai: '7.0.0' }

describe('an application is told by its files', () => {
  test.each([
    ['plain Node, CommonJS', { dependencies }, {}, ['node', 'commonjs', 'js', '', 'npm']],
    ['plain Node, ES modules', { type: 'module' }, { 'src/a.js': '' }, ['node', 'esm', 'js', 'src', 'npm']],
    [
      'TypeScript',
      { type: 'module' },
      { 'tsconfig.json': '', 'pnpm-lock.yaml': '' },
      ['node', 'esm', 'ts', '', 'pnpm'],
    ],
    ['Next.js', { dependencies: { next: '16' } }, { 'app/page.jsx': '' }, ['next', 'esm', 'js', '', 'npm']],
    [
      'Next.js with src',
      { dependencies: { next: '16' } },
      { 'src/app/page.jsx': '', 'yarn.lock': '' },
      ['next', 'esm', 'js', 'src', 'yarn'],
    ],
    [
      'Next.js with sources elsewhere',
      { dependencies: { next: '16' } },
      { 'app/page.jsx': '', 'src/lib.js': '' },
      ['next', 'esm', 'js', '', 'npm'],
    ],
    [
      'a Worker',
      { devDependencies: { wrangler: '5', typescript: '7' } },
      {},
      ['workers', 'esm', 'ts', '', 'npm'],
    ],
    [
      'a Worker without wrangler',
      {},
      { 'wrangler.jsonc': '{}', 'bun.lock': '' },
      ['workers', 'esm', 'js', '', 'bun'],
    ],
  ])('%s', (_, manifest, files, expected) => {
    const { framework, modules, language, sources, manager } = examineProject(application(manifest, files))
    expect([framework, modules, language, sources, manager]).toEqual(expected)
  })

  test('a byte order mark in package.json is no problem', () => {
    expect(examineProject(application('\uFEFF{"dependencies":{"openai":"7"}}')).sdks).toHaveLength(1)
  })

  test.each([['{'], ['[]'], ['null']])('package.json with %s is refused, with its path', text => {
    expect(() => examineProject(application(text))).toThrow(/package\.json" is not a JSON object/)
  })

  test('a folder without package.json is refused, with what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'runtape-init-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    expect(() => examineProject(folder)).toThrow(/npm create runtape/)
  })
})

describe('the plan', () => {
  test('names the packages that are missing, and only those', () => {
    const all = { ...dependencies, '@anthropic-ai/sdk': '1', '@runtape/trace': '0.1.0', runtape: '0.1.0' }
    const { install } = planFor(examineProject(application({ dependencies: all })))
    expect(install).toEqual([
      'npm install @pydantic/genai-prices @runtape/anthropic @runtape/openai @runtape/recorder @runtape/store-sqlite @runtape/tracker',
    ])
  })

  test('names the lines that make clients, but for those that are done and those of others', () => {
    const folder = application(
      { dependencies },
      {
        'src/a.ts': 'const a = 1\nconst openai = new OpenAI({ apiKey })\n',
        'src/b.ts': 'const openai = instrumentOpenAI(new OpenAI())\n',
        'node_modules/x/index.js': 'new OpenAI()',
        'dist/a.js': 'new OpenAI()',
      },
    )
    const { steps } = planFor(examineProject(folder))
    expect(steps.filter(step => step.includes('instrumentOpenAI'))).toEqual([
      'src/a.ts:2: write instrumentOpenAI(new OpenAI(…)), from @runtape/openai.',
    ])
  })

  test('says what to do where no SDK is found', () => {
    expect(planFor(examineProject(application({}))).steps[0]).toContain(
      'No SDK of a model is in package.json',
    )
  })

  test('refuses a file in a Worker', () => {
    const project = examineProject(application({ devDependencies: { wrangler: '5' } }))
    expect(() => planFor(project, { store: 'file' })).toThrow(/no disk.*"server"/)
    expect(planFor(project).files[0]?.text).toContain('httpStore')
  })
})

describe('writeFiles', () => {
  const files = [
    { path: 'runtape.ts', text: 'new' },
    { path: 'src/instrumentation.ts', text: 'new' },
  ]

  test('keeps a file that exists', () => {
    const folder = application({}, { 'runtape.ts': 'mine' })
    expect(writeFiles(folder, files)).toEqual({
      written: ['src/instrumentation.ts'],
      kept: ['runtape.ts'],
      different: ['runtape.ts'],
    })
    expect(writeFiles(folder, files)).toMatchObject({ written: [], different: ['runtape.ts'] })
    expect(readFileSync(join(folder, 'runtape.ts'), 'utf8')).toBe('mine')
  })

  test('writes nothing in a dry run, and says the same', () => {
    const folder = application({}, { 'runtape.ts': 'mine' })
    const dry = writeFiles(folder, files, true)
    expect(() => readFileSync(join(folder, 'src/instrumentation.ts'))).toThrow('ENOENT')
    expect(writeFiles(folder, files)).toEqual(dry)
  })

  test('names a file that cannot be written', () => {
    const folder = application({}, { src: 'a file' })
    expect(() => writeFiles(folder, files)).toThrow(/src.instrumentation\.ts" cannot be written/)
  })
})
