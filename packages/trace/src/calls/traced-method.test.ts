import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

// Compiled by tsc, which also checks their types: neither Node nor the test runner supports decorators.

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const sources = fileURLToPath(new URL('../../test', import.meta.url))
let folder: string

beforeAll(() => {
  // Inside the package, so that its name can be imported.
  mkdirSync(join(sources, 'dist'), { recursive: true })
  folder = mkdtempSync(join(sources, 'dist', 'decorators-'))
  compile('.', ['traced-methods.ts', 'refused-decorators.ts'])
  compile('legacy', ['legacy-methods.mts'], { experimentalDecorators: true })
}, 60_000)

function compile(to: string, files: readonly string[], options: object = {}): void {
  const outDir = join(folder, to)
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      outDir,
      rootDir: sources,
      ...options,
    },
    files: files.map(name => join(sources, name)),
  }
  mkdirSync(outDir, { recursive: true })
  writeFileSync(join(outDir, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', outDir], {
    stdio: 'inherit',
  })
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function printedBy(name: string): unknown {
  const flags = ['--disable-warning=ExperimentalWarning']
  return JSON.parse(execFileSync(process.execPath, [...flags, join(folder, name)], { encoding: 'utf8' }))
}

test('a decorated method is recorded and keeps its form: static, private, overloaded, generic, overridden', () => {
  expect(printedBy('traced-methods.js')).toEqual({
    found: { id: 'a', deep: true, rate: 4 },
    parsed: [1, [1, 2]],
    special: { id: 'b', deep: true, rate: 4 },
    words: ['to', 'be'],
    counts: [1, 1],
    shape: ['find', 2, 'create'],
    declared: { key: 'orders.find', name: 'orders.find', type: 'tool', mockOnReplay: true },
    spans: [
      'orders.create value ok',
      'orders.double value ok',
      'orders.find promise ok',
      'orders.parse value ok',
      'orders.parse value ok',
      'orders.double value ok',
      'orders.find promise ok',
      'orders.words generator ok',
    ],
  })
})

test('what is no method is refused by name', () => {
  const mend = (key: string) => `Move its work into a method and trace that, or use traced('${key}', fn).`
  expect(printedBy('refused-decorators.js')).toEqual([
    `@tracedMethod('order.total') is for methods, but total is not one (kind: getter). ${mend('order.total')}`,
    `@tracedMethod('order.note') is for methods, but note is not one (kind: setter). ${mend('order.note')}`,
    `@tracedMethod('order.pay') is for methods, but pay is not one (kind: field). ${mend('order.pay')}`,
    `@tracedMethod('order.state') is for methods, but state is not one (kind: accessor). ${mend('order.state')}`,
    `@tracedMethod('order') is for methods, but Order is not one (kind: class). ${mend('order')}`,
    `@tracedMethod('order.state') is for methods, but state is not one. ${mend('order.state')}`,
    `@tracedMethod('order.pay') is for methods, but pay is not one. ${mend('order.pay')}`,
    `@tracedMethod('order.find') is for methods, but a parameter is not one. ${mend('order.find')}`,
    `@tracedMethod('order') is for methods, but a class is not one. ${mend('order')}`,
  ])
})

test('a method decorated under experimentalDecorators is recorded, and keeps what other decorators noted', () => {
  expect(printedBy('legacy/legacy-methods.mjs')).toEqual({
    found: { id: 'a', rate: 4 },
    doubled: 4,
    spans: ['orders.double value ok', 'orders.find promise ok', 'orders.double value ok'],
    notes: [['GET'], ['GET'], []],
    shape: ['find', 1, true],
  })
})
