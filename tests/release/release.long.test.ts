// The whole release into a registry on this machine, and what a stranger then installs from it.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { childEnv } from '../../scripts/lib/env.mjs'
import { flagsFor } from '../../scripts/lib/tasks.mjs'
import { publishedPackages } from '../../scripts/lib/workspace.mjs'
import { modelHost } from '../support/model-host.ts'
import { readmeExample } from '../support/readme.ts'
import { type Registry, startRegistry } from './support/registry.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const root = fileURLToPath(new URL('../..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'runtape-release-test-'))
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const release = join(root, 'scripts/release.mjs')
let registry: Registry
let first: string

async function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const around = { ...childEnv(process.env), ...registry?.env, NO_COLOR: '1', ...env }
  const options = { cwd, env: around, timeout: 240_000, shell: process.platform === 'win32' }
  return (await promisify(execFile)(program, [...args], options)).stdout
}

const publish = (url: string) => run(process.execPath, [release, 'publish', '--registry', url], root)

beforeAll(async () => {
  const upstream = await promisify(execFile)(npm, ['config', 'get', 'registry'], {
    env: childEnv(process.env),
    cwd: scratch,
  })
  registry = await startRegistry(scratch, upstream.stdout.trim())
  first = await publish(registry.url)
})
afterAll(async () => {
  await registry?.close()
  rmSync(scratch, { recursive: true, force: true })
})

interface Manifest {
  readonly version: string
  readonly repository: { readonly directory: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const names = publishedPackages(root).map(({ name }) => name)

test('every package is published once; a second run finds all of them there', async () => {
  expect(first.match(/ is published\.$/gm)).toHaveLength(names.length)
  const again = await publish(registry.url)
  expect(again.match(/ is there already\.$/gm)).toHaveLength(names.length)
})

test('each package says where it comes from, and names the others by ~', async () => {
  for (const name of names) {
    const response = await fetch(`${registry.url}${name.replace('/', '%2f')}/latest`)
    const manifest = (await response.json()) as Manifest
    expect(manifest, name).toMatchObject({
      repository: {
        type: 'git',
        url: expect.stringMatching(/^git\+https:.*\.git$/),
        directory: expect.any(String),
      },
      homepage: expect.stringContaining(manifest.repository.directory),
      bugs: expect.anything(),
      keywords: expect.arrayContaining(['runtape']),
      author: expect.anything(),
      license: 'Apache-2.0',
    })
    const others = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    for (const [other, range] of others) if (names.includes(other)) expect(range).toBe(`~${manifest.version}`)
  }
})

test("the repository README's first program runs with what its line installs", async () => {
  const folder = join(scratch, 'readme')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const example = readmeExample(readFileSync(join(root, 'README.md'), 'utf8'))
  if (!example) throw new Error('README.md has no program.')
  await run(npm, ['install', '--no-audit', '--no-fund', ...example.install], folder)
  writeFileSync(join(folder, 'example.mts'), example.code)
  const host = await modelHost()
  const printed = run(process.execPath, [...flagsFor(process.versions.node), 'example.mts'], folder, host.env)
  expect((await printed.finally(host.close)).trimEnd()).toBe(example.output?.trimEnd())
})

test('npm create runtape installs, and its first run is counted', async () => {
  await run(npm, ['create', '--yes', 'runtape', 'my-app'], scratch)
  const folder = join(scratch, 'my-app')
  const env = { OPENAI_API_KEY: '' }
  const strip = flagsFor(process.versions.node).join(' ')
  expect(await run(npm, ['start', '--silent'], folder, { ...env, NODE_OPTIONS: strip })).toBe(
    'Half past eleven.\n',
  )
  const usage = await run(npm, ['exec', '--', 'runtape', 'usage', '--json'], folder, env)
  expect(JSON.parse(usage).rows).toMatchObject([
    { runs: 1, tokens: { total: 16 }, cost: { unpricedRuns: 0 } },
  ])
  const replayed = await run(npm, ['exec', '--', 'runtape', 'replay', 'answer.ts#answer'], folder, env)
  expect(replayed).toContain('1 same')
})

test('npx runtape init --install adds what an application lacks, and the application then records', async () => {
  const folder = join(scratch, 'existing')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const program = `const OpenAI = require('openai')
    const { instrumentOpenAI } = require('@runtape/openai')
    const { run } = require('./runtape.js')
    const openai = instrumentOpenAI(new OpenAI())
    const messages = [{ role: 'user', content: 'Where?' }]
    run('support', () => openai.chat.completions.create({ model: 'gpt-5-mini', messages })).then(() => console.log('done'))`
  writeFileSync(join(folder, 'app.js'), program)
  await run(npm, ['install', '--no-audit', '--no-fund', 'openai'], folder)
  const said = await run(npm, ['exec', '--yes', 'runtape', '--', 'init', '--install'], folder)
  expect(said).toContain('Found Node, openai.')
  expect(said).not.toContain('Run npm install')
  const host = await modelHost()
  expect(await run(process.execPath, ['app.js'], folder, host.env).finally(host.close)).toBe('done\n')
  const usage = await run(npm, ['exec', '--', 'runtape', 'usage', '--json'], folder)
  expect(JSON.parse(usage).rows).toMatchObject([{ runs: 1, tokens: { total: 16 } }])
  expect(await run(npm, ['exec', '--', 'runtape', 'doctor'], folder)).not.toContain('✗')
})

test('nothing is published to a registry of others while the repository is a placeholder', async () => {
  const refused = publish('https://registry.example.com/')
  await expect(refused).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('still the placeholder'),
  })
})
