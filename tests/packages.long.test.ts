import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testServer } from '../packages/store-postgres/test/server.ts'
import { packAll } from '../scripts/lib/pack.mjs'
import { flagsFor } from '../scripts/lib/tasks.mjs'
import { publishedPackages } from '../scripts/lib/workspace.mjs'
import { type Consumer, installAll, node, type Packed, typeCheck } from './support/consumer.ts'
import { modelHost } from './support/model-host.ts'
import { type ReadmeExample, readmeExample } from './support/readme.ts'

// All of their projects are installed first.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const root = fileURLToPath(new URL('..', import.meta.url))
const published: Omit<Packed, 'tarball'>[] = publishedPackages(root)
const scratch = await mkdtemp(join(tmpdir(), 'runtape-packages-'))
const consumers: Consumer[] = []

beforeAll(async () => {
  const packed = await packAll(root, await mkdtemp(join(scratch, 'tarballs-')))
  await installAll(root, join(scratch, 'projects'), consumers, packed)
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

describe.each(published)('$name', ({ name, folder, manifest }) => {
  const [main, others] = modulesOf(manifest)
  const readme = readmeOf(folder)

  const alone = projectOf(name, 'alone', [name])
  test.concurrent('can be imported, required and type-checked when installed alone', async () => {
    for (const specifier of main) await expectReachable(alone, specifier)
    for (const command of commandsOf(manifest)) {
      expect(await node(alone, [await entryOf(alone, name, command), '--help'])).toContain(command)
    }
  })

  if (others.length > 0) {
    const withPeers = projectOf(name, 'with-peers', [name, ...Object.keys(manifest.peerDependencies ?? {})])
    test.concurrent('its other modules can be imported with its peers', async () => {
      for (const specifier of others) await expectReachable(withPeers, specifier)
    })
  }

  const reading = projectOf(name, 'readme', [name, ...(readme?.install ?? [])])
  test.concurrent("its README's first program runs and prints what the README says", async () => {
    if (!readme) throw new Error(`${folder} has no README.md with a \`\`\`ts block`)
    const env = name === '@runtape/store-postgres' ? { DATABASE_URL: await testServer() } : {}
    await expectReadmeRuns(readme, reading, env)
  })
})

const rootReadme = readmeOf('.')
if (rootReadme) {
  const reading = projectOf('root', 'readme', rootReadme.install)
  test("the repository README's first program runs and prints what the README says", async () => {
    const host = await modelHost()
    await expectReadmeRuns(rootReadme, reading, host.env).finally(host.close)
  })
}

function readmeOf(folder: string): ReadmeExample | undefined {
  const path = join(root, folder, 'README.md')
  return existsSync(path) ? readmeExample(readFileSync(path, 'utf8')) : undefined
}

async function expectReadmeRuns(
  example: ReadmeExample,
  project: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = `example.m${example.language}`
  await writeFile(join(project, file), example.code)
  if (example.language === 'ts') await typeCheck(root, project, file)
  const printed = await node(project, [...flagsFor(process.versions.node), file], env)
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
  // A module without exports exists for its side effect, and is not the main one.
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

/** The package's main module, if it has one, and the others. */
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

/** The folder of a project with these dependencies; it is installed with all others. */
function projectOf(name: string, purpose: string, wanted: readonly string[]): string {
  const folder = join(scratch, 'projects', `${name.replace(/\W+/g, '-')}-${purpose}`)
  consumers.push({ folder, wanted: [...new Set(wanted)] })
  return folder
}
