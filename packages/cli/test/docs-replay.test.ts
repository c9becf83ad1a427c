import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { patternOf } from '../../../tests/support/pattern-of.ts'

const home = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../../../docs/replay.md', import.meta.url), 'utf8')
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const strip = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []

test('every command of docs/replay.md works as described', { timeout: 120_000 }, async () => {
  const folder = newProject()
  let printed = ''
  for (const { language, text } of blocksOf(page)) {
    if (language === 'ts') writeBlock(folder, text)
    if (language === 'sh') printed = await runAll(folder, text)
    if (language === 'text') expect(printed).toMatch(patternOf(text))
  }
})

/** Creates what `npm install` of the packages on the page would create. */
function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-docs-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@runtape'), { recursive: true })
  for (const name of ['core', 'recorder', 'replay', 'store-sqlite', 'trace', 'tracker', 'vitest'])
    symlinkSync(join(home, '..', name), join(modules, '@runtape', name))
  symlinkSync(join(home, '../vitest/node_modules/vitest'), join(modules, 'vitest'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

function blocksOf(markdown: string): { language: string; text: string }[] {
  const fences = markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)
  return [...fences].map(([, language = '', text = '']) => ({ language, text }))
}

/** The first line of a code block names its file. */
function writeBlock(folder: string, text: string): void {
  const path = join(folder, /^\/\/ (\S+)\n/.exec(text)?.[1] ?? '')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

async function runAll(folder: string, commands: string): Promise<string> {
  let printed = ''
  for (const command of commands.trim().split('\n')) printed += await run(folder, command.split(' '))
  return printed
}

const programs: Readonly<Record<string, readonly string[]>> = {
  runtape: [join(home, 'dist/main.js')],
  vitest: [join(home, '../vitest/node_modules/vitest/vitest.mjs')],
}

async function run(cwd: string, [program = '', ...words]: readonly string[]): Promise<string> {
  if (program === 'git') return (await promisify(execFile)('git', words, { cwd })).stdout
  const args =
    program === 'node' ? [...strip, ...words] : [...(programs[words[0] ?? ''] ?? []), ...words.slice(1)]
  const { VITEST: _vitest, ...env } = process.env
  const options = { cwd, env: { ...env, NO_COLOR: '1' } }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...args],
    options,
  )
  return stdout
}
