import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { floorProblems, importsOf } from '../scripts/lib/floors.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// Built from parts, so that this file does not match itself.
const REGISTRY_HOST = new RegExp(['registry', '(npmjs|yarnpkg|npmmirror)', '(org|com)'].join('\\.'))
const MACHINE_PATH = new RegExp(`(?<![\\w.~-])/${'work'}/`)

function tracked(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached'], { cwd: root, encoding: 'utf8' })
  return listed.split('\0').filter(file => file !== '' && existsSync(join(root, file)))
}

function lines(file: string): { at: string; text: string }[] {
  const content = readFileSync(join(root, file), 'utf8')
  if (content.includes('\0')) return []
  return content.split('\n').map((text, i) => ({ at: `${file}:${i + 1}`, text }))
}

function offenders(files: string[], pattern: RegExp): string[] {
  const found = files.flatMap(lines).filter(({ text }) => pattern.test(text))
  return found.map(({ at, text }) => `${at} ${text.trim().slice(0, 80)}`)
}

describe.skipIf(!existsSync(join(root, '.git')))('files in git', () => {
  const all = existsSync(join(root, '.git')) ? tracked() : []
  const sources = all.filter(file => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(file))

  test('no file names a folder of one machine', () => {
    expect(offenders(all, MACHINE_PATH)).toEqual([])
  })

  test('no file names a package registry', () => {
    expect(offenders(all, REGISTRY_HOST)).toEqual([])
  })

  test('sources do not opt out of the type checker', () => {
    expect(offenders(sources, /\bas any\b(?! other)|@ts-(ignore|nocheck)/)).toEqual([])
  })

  test('sources carry no unfinished work', () => {
    expect(offenders(sources, /\b(TODO|FIXME|XXX)\b/)).toEqual([])
  })

  // The contracts throw errors for a test runner; `TooLarge` never leaves a capture.
  test('every error that a source throws is a RuntapeError', () => {
    const ours = 'RuntapeError|HttpError|InvalidTokenError|Misuse|NotComparable|TooLarge'
    const shipped = sources.filter(file => !/\.test(-d)?\.ts$|^packages\/testing\//.test(file))
    expect(offenders(shipped, new RegExp(`throw new (?!(${ours})\\b)`))).toEqual([])
  })

  test('tests use one word: test', () => {
    expect(
      offenders(
        all.filter(file => file.endsWith('.ts')),
        /import \{[^}]*\bit\b[^}]*\} from 'vitest'/,
      ),
    ).toEqual([])
  })

  test('sources are named in kebab-case', () => {
    const names = sources.map(file => file.slice(file.lastIndexOf('/') + 1))
    expect(names.filter(name => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.tsx?$/.test(name))).toEqual([])
  })
})

describe('floors', () => {
  const folders = {
    '@runtape/core': 'core',
    '@runtape/trace': 'trace',
    '@runtape/tracker': 'tracker',
    '@runtape/testing': 'testing',
  }
  const problems = (folder: string, imports: string[], dependencies = {}) =>
    floorProblems({ folder, manifest: { name: `@runtape/${folder}`, dependencies }, imports, folders })

  test('an import may go down', () => {
    expect(problems('trace', ['@runtape/core/schemas', 'node:fs', './x.ts'])).toEqual([])
  })

  test('an import may not go up or sideways, nor may a dependency', () => {
    expect(problems('core', ['@runtape/trace'])).toHaveLength(1)
    expect(problems('trace', ['@runtape/tracker'])).toHaveLength(1)
    expect(problems('trace', [], { '@runtape/tracker': 'workspace:^' })).toHaveLength(1)
  })

  test('the contracts are for tests', () => {
    expect(problems('trace', ['@runtape/testing'])).toHaveLength(1)
  })

  test('a package without a floor is a problem', () => {
    expect(problems('attic', [])).toHaveLength(1)
  })

  test('every kind of import is found, and comments are not imports', () => {
    const source = `
      import a from 'a'
      export type { B } from "b"
      import 'c'
      const d = await import('d')
      type E = import('e').E
      /** import x from 'docs' */
      // import y from 'old'
    `
    expect(importsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})
