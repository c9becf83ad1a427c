import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { packAll } from '../scripts/lib/pack.mjs'
import { flagsFor } from '../scripts/lib/tasks.mjs'
import { publishedPackages } from '../scripts/lib/workspace.mjs'
import { install, node, type Packed, typeCheck } from './support/consumer.ts'
import { readmeExample } from './support/readme.ts'

// Each installs a project of its own.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const root = fileURLToPath(new URL('..', import.meta.url))
const published: Omit<Packed, 'tarball'>[] = publishedPackages(root)
let scratch: string
let packed: Packed[]

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'runtape-packages-'))
  packed = await packAll(root, scratch)
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

describe.each(published)('$name', ({ name, folder, manifest }) => {
  const [main, others] = modulesOf(manifest)

  test.concurrent('installed alone, it can be imported, required and type-checked', async () => {
    const project = projectFolder(name, 'alone')
    await install(root, project, [name], packed)
    for (const specifier of main) await expectReachable(project, specifier)
    for (const command of commandsOf(manifest)) {
      await node(project, [await entryOf(project, name, command), '--help'])
    }
  })

  if (others.length > 0) {
    test.concurrent('so can its other modules, beside its peers', async () => {
      const project = projectFolder(name, 'with-peers')
      await install(root, project, [name, ...Object.keys(manifest.peerDependencies ?? {})], packed)
      for (const specifier of others) await expectReachable(project, specifier)
    })
  }

  test.concurrent("its README's first program runs and prints what the README says", async () => {
    const path = join(root, folder, 'README.md')
    if (!existsSync(path)) throw new Error(`${folder} has no README.md`)
    await expectReadmeRuns(path, projectFolder(name, 'readme'), [name])
  })
})

if (existsSync(join(root, 'README.md'))) {
  test("the repository README's first program runs and prints what the README says", () =>
    expectReadmeRuns(join(root, 'README.md'), projectFolder('root', 'readme'), []))
}

async function expectReadmeRuns(path: string, project: string, always: string[]): Promise<void> {
  const example = readmeExample(await readFile(path, 'utf8'))
  if (!example) throw new Error(`${path} has no \`\`\`ts block`)
  await install(root, project, [...new Set([...always, ...example.install])], packed)
  const file = `example.m${example.language}`
  await writeFile(join(project, file), example.code)
  if (example.language === 'ts') await typeCheck(root, project, file)
  const printed = await node(project, [...flagsFor(process.versions.node), file])
  if (example.output !== undefined) expect(printed.trimEnd()).toBe(example.output.trimEnd())
}

/** The same names by `import`, by `require` and in the types, and a value behind each. */
async function expectReachable(project: string, specifier: string): Promise<void> {
  const report = 'console.log(JSON.stringify(Object.entries(m).map(([k, v]) => [k, typeof v])))'
  const imported = await node(project, [
    '--input-type=module',
    '-e',
    `import * as m from '${specifier}'; ${report}`,
  ])
  const required = await node(project, [
    '--input-type=commonjs',
    '-e',
    `const m = require('${specifier}'); ${report}`,
  ])
  expect(exportsIn(required)).toEqual(exportsIn(imported))
  const names = exportsIn(imported).map(([name]) => name)
  // A module without a name to import is there for its effect, and then it is not the main one.
  if (published.some(({ name }) => name === specifier)) expect(names).not.toEqual([])
  expect(exportsIn(imported).filter(([, type]) => type === 'undefined')).toEqual([])
  const file = `use-${specifier.replace(/\W+/g, '-')}.mts`
  await writeFile(
    join(project, file),
    `import { ${names.join(', ')} } from '${specifier}'\nconsole.log(${names.join(', ')})\n`,
  )
  await typeCheck(root, project, file)
}

function exportsIn(printed: string): [name: string, type: string][] {
  return (JSON.parse(printed) as [string, string][]).filter(([name]) => name !== '__esModule').sort()
}

/** The module that has the package's own name, if it has one, and the others. */
function modulesOf({ name, exports = {} }: Packed['manifest']): [main: string[], others: string[]] {
  const scripts = Object.entries(exports).filter(([, target]) => JSON.stringify(target).includes('.js"'))
  const specifiers = scripts.filter(([path]) => !path.includes('*')).map(([path]) => posix.join(name, path))
  return [specifiers.filter(one => one === name), specifiers.filter(one => one !== name)]
}

function commandsOf({ name, bin = {} }: Packed['manifest']): string[] {
  return typeof bin === 'string' ? [name] : Object.keys(bin)
}

async function entryOf(project: string, name: string, command: string): Promise<string> {
  const folder = join(project, 'node_modules', name)
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Packed['manifest']
  return join(folder, (typeof bin === 'string' ? bin : bin?.[command]) ?? '')
}

function projectFolder(name: string, purpose: string): string {
  return join(scratch, `${name.replace(/\W+/g, '-')}-${purpose}`)
}
