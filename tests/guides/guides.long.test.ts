// Every program and command of docs/guides, in a project with only what they install.
import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { childEnv } from '../../scripts/lib/env.mjs'
import { packAll } from '../../scripts/lib/pack.mjs'
import { flagsFor } from '../../scripts/lib/tasks.mjs'
import { installAll, typeCheck } from '../support/consumer.ts'
import { modelHost } from '../support/model-host.ts'
import { patternOf } from '../support/pattern-of.ts'

// All of their projects are installed first.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 })

interface Block {
  readonly language: string
  readonly text: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const scratch = await mkdtemp(join(tmpdir(), 'runtape-guides-'))
const guides = globSync('docs/guides/*.md', { cwd: root }).sort()
const folderOf = (guide: string) => join(scratch, 'projects', basename(guide, '.md'))

let host: Awaited<ReturnType<typeof modelHost>>
beforeAll(async () => {
  host = await modelHost()
  const packed = await packAll(root, await mkdtemp(join(scratch, 'tarballs-')))
  const consumers = guides.map(guide => ({ folder: folderOf(guide), wanted: installed(blocksOf(guide)) }))
  await installAll(root, join(scratch, 'projects'), consumers, packed)
})
afterAll(async () => {
  host.close()
  await rm(scratch, { recursive: true, force: true })
})

test.each(guides)('%s', async guide => {
  const folder = folderOf(guide)
  let printed = ''
  let checked = 0
  for (const { language, text } of blocksOf(guide)) {
    if (language === 'ts') await writeProgram(folder, text)
    if (language === 'sh') printed = await runAll(folder, text)
    if (language === 'text') expect(printed).toMatch(patternOf(text))
    checked += Number(language === 'text')
  }
  // Each guide shows what its programs print.
  expect(checked).toBeGreaterThan(0)
})

function blocksOf(guide: string): readonly Block[] {
  const fences = readFileSync(join(root, guide), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)
  return [...fences].map(([, language = '', text = '']) => ({ language, text }))
}

const commandsIn = (text: string): string[] => text.trim().split('\n')
const isInstall = (command: string): boolean => command.startsWith('npm install ')

/** The packages that the commands install. */
function installed(blocks: readonly Block[]): string[] {
  const commands = blocks.flatMap(({ language, text }) => (language === 'sh' ? commandsIn(text) : []))
  const words = commands.filter(isInstall).flatMap(command => command.split(/\s+/).slice(2))
  return [...new Set(words.filter(word => !word.startsWith('-')))]
}

/** The first line of a program names its file. */
async function writeProgram(folder: string, text: string): Promise<void> {
  const [, name] = /^\/\/ (\S+)\n/.exec(text) ?? []
  if (name === undefined) throw new Error(`A program names no file:\n${text}`)
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
  await typeCheck(root, folder, name)
}

/** Resolves to what the last command printed. */
async function runAll(folder: string, text: string): Promise<string> {
  let printed = ''
  for (const command of commandsIn(text)) if (!isInstall(command)) printed = await run(folder, command)
  return printed
}

/** In a shell, as a reader of the page runs it. */
async function run(cwd: string, command: string): Promise<string> {
  const node = `"$NODE" ${flagsFor(process.versions.node).join(' ')}`
  const script = command
    .replace(/\bnpx runtape\b/, `${node} node_modules/runtape/dist/main.js`)
    .replace(/\bnpx vitest\b/, `${node} node_modules/vitest/vitest.mjs`)
    .replace(/^node\b/, node)
  const env = { ...childEnv(process.env), ...host.env, NO_COLOR: '1', NODE: process.execPath }
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], { cwd, env }).catch(error => {
    // A report that fails, and tests that fail, exit with 1.
    if (error.code === 1 && error.stdout !== '') return error
    throw new Error(`${command} failed:\n${error.stdout}${error.stderr}`)
  })
  return stdout
}
