// The first program of the README in every runtime, build and test runner that we name, installed as an application does.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { packAll } from '../../scripts/lib/pack.mjs'
import { installAll } from '../support/consumer.ts'
import { modelHost } from '../support/model-host.ts'
import { readmeExample } from '../support/readme.ts'
import { setUps } from './set-ups/all.ts'
import { projectIn, type SetUp } from './set-ups/set-up.ts'

// All projects are installed first.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 600_000 })

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readmeExample(await readFile(join(root, 'README.md'), 'utf8'))
if (!readme) throw new Error('README.md has no program.')
const scratch = await mkdtemp(join(tmpdir(), 'runtape-set-ups-'))
const all = Object.values(setUps).flat()
const folderOf = (setUp: SetUp) => join(scratch, 'projects', `p${all.indexOf(setUp)}`)

let host: Awaited<ReturnType<typeof modelHost>>
beforeAll(async () => {
  host = await modelHost()
  const packed = await packAll(root, await mkdtemp(join(scratch, 'tarballs-')))
  const consumers = all.map(one => ({ folder: folderOf(one), wanted: [...readme.install, ...one.wanted] }))
  await installAll(root, join(scratch, 'projects'), consumers, packed)
  const plain = stripTypeScriptTypes(readme.code)
  for (const { folder } of consumers) {
    for (const name of ['program.ts', 'program.mts']) await writeFile(join(folder, name), readme.code)
    await writeFile(join(folder, 'program.cts'), inFunction(readme.code))
    await writeFile(join(folder, 'program.mjs'), plain)
    await writeFile(join(folder, 'program.cjs'), required(plain))
  }
})
afterAll(async () => {
  host.close()
  await rm(scratch, { recursive: true, force: true })
})

/** The program in a module without `await` outside of functions. */
function inFunction(code: string): string {
  const [imports, body] = [/^import .*\n/gm, code.replace(/^import .*\n/gm, '')]
  return `${code.match(imports)?.join('')}export = (async () => {${body}})()\n`
}

/** The program in CommonJS, as an application's developer writes it. */
const required = (code: string): string =>
  inFunction(code)
    .replace(/^import (.*) from ('.*')$/gm, 'const $1 = require($2)')
    .replace('export =', 'module.exports =')

describe.each(Object.entries(setUps))('%s', (_, each) => {
  test.each(each)('$name $version', async setUp => {
    const printed = await setUp.run(projectIn(folderOf(setUp), host.env))
    expect(printed.trimEnd()).toBe(setUp.prints ?? readme.output?.trimEnd())
  })
})

test('under an older resolution the compiler says what to set', async () => {
  const setUp = all.find(({ name, version }) => name === 'TypeScript, ES modules' && version === '5.9.3')
  const project = projectIn(folderOf(setUp as SetUp), {})
  const flags = ['--noEmit', '--module', 'esnext', '--moduleResolution', 'node10', '--target', 'es2022']
  const compile = project.node([
    project.fileOf('typescript/bin/tsc'),
    ...flags,
    '--skipLibCheck',
    'program.mts',
  ])
  await expect(compile).rejects.toThrow("Consider updating to 'node16', 'nodenext', or 'bundler'")
})
