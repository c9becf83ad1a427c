import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { moduleGraph, stampOf } from './module-graph.ts'

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runtape-graph-')))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const files = {
  'package.json': '{"name":"desk","type":"module","imports":{"#prompts":"./src/prompts.js"}}',
  'package-lock.json': '{}',
  'src/agent.ts':
    "import { a } from './a.ts'\nexport * from\n  './b.js'\nimport '#prompts'\nimport ai from 'ai'\nimport type { T } from './types'\nconst late = () => import('./late.ts')\nimport list from './list.json' with { type: 'json' }",
  'src/a.ts': "import './agent.ts'\nconst c = require('./folder')",
  'src/b.ts': 'export const b = 1',
  'src/types.ts': 'export type T = 1',
  'src/late.ts': 'export const late = 1',
  'src/list.json': '[]',
  'src/prompts.js': 'export {}',
  'src/folder/index.ts': '',
  'src/unused.ts': '',
  'node_modules/ai/package.json': '{"name":"ai","version":"1.2.3"}',
}
const graphOf = (folder: string) => moduleGraph([join(folder, 'src/agent.ts')])
const seen = (folder: string) =>
  graphOf(folder)
    .files.map(file => relative(folder, file))
    .sort()

test('the graph has what is imported from the files of the project, also through loaders and in circles', () => {
  expect(seen(folderWith(files))).toEqual([
    'package-lock.json',
    'src/a.ts',
    'src/agent.ts',
    'src/b.ts',
    'src/folder/index.ts',
    'src/late.ts',
    'src/list.json',
    'src/prompts.js',
    'src/types.ts',
  ])
})

test('a copy has the same hash; each file, the lockfile, and the version of a package change it, and no other file does', () => {
  const folder = folderWith(files)
  const { hash } = graphOf(folder)
  const copy = join(folderWith({}), 'copy')
  cpSync(folder, copy, { recursive: true })
  expect(graphOf(copy).hash).toBe(hash)
  for (const file of seen(folder)) {
    const one = folderWith({ ...files, [file]: `${files[file as keyof typeof files]}\n` })
    expect(graphOf(one).hash, file).not.toBe(hash)
  }
  const newer = { 'node_modules/ai/package.json': '{"name":"ai","version":"1.2.4"}' }
  expect(graphOf(folderWith({ ...files, ...newer })).hash).not.toBe(hash)
  expect(graphOf(folderWith({ ...files, 'src/unused.ts': 'const x = 1' })).hash).toBe(hash)
  expect(moduleGraph([join(folder, 'src/agent.ts'), join(folder, 'src/b.ts')]).hash).not.toBe(hash)
  rmSync(copy, { recursive: true })
})

test('a package of the same workspace is a part of the project', () => {
  const folder = folderWith({
    ...files,
    'src/agent.ts': "import 'shared'",
    'shared/package.json': '{"name":"shared","main":"main.js"}',
    'shared/main.js': "require('./more')",
    'shared/more.js': '',
  })
  symlinkSync(join(folder, 'shared'), join(folder, 'node_modules/shared'))
  expect(seen(folder)).toEqual(['package-lock.json', 'shared/main.js', 'shared/more.js', 'src/agent.ts'])
})

test('the stamp changes when a file is written', () => {
  const folder = folderWith(files)
  const graph = graphOf(folder)
  const stamp = stampOf(graph)
  expect(stampOf(graph)).toBe(stamp)
  utimesSync(join(folder, 'src/late.ts'), 1, 1)
  expect(stampOf(graph)).not.toBe(stamp)
})
