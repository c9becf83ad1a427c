import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { newProject, runtapePath } from './project.ts'

const page = readFileSync(new URL('../../../docs/store.md', import.meta.url), 'utf8')

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const strip = major === 22 && minor < 18 ? '--experimental-strip-types' : ''

// Each section begins with four recorded calls of the agent in `test/fixtures`.
const sections = page
  .split(/^## /m)
  .slice(1)
  .filter(text => text.includes('\n```sh\n'))

test.each(sections.map(text => [text.split('\n')[0] ?? '', text]))(
  'the commands of "%s" print what docs/store.md shows',
  { timeout: 240_000 },
  async (_title, section) => {
    const blocks = blocksOf(section)
    const { folder } = await newProject()
    let printed = ''
    for (const { language, text } of blocks) {
      if (language === 'ts') writeBlock(folder, text)
      if (language === 'sh') printed = await runAll(folder, text)
      if (language === 'text') expect(printed).toMatch(patternOf(text))
    }
  },
)

function blocksOf(markdown: string): { language: string; text: string }[] {
  const fences = markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)
  return [...fences].map(([, language = '', text = '']) => ({ language, text }))
}

/** The first line of a code block names its file. A block without a name is an example that no command runs. */
function writeBlock(folder: string, text: string): void {
  const [, name] = /^\/\/ (\S+)\n/.exec(text) ?? []
  if (name !== undefined) writeFileSync(join(folder, name), text)
}

/** What the commands print; for a command that fails, its error. */
async function runAll(folder: string, commands: string): Promise<string> {
  let printed = ''
  for (const command of commands.trim().split('\n')) printed += await run(folder, command)
  return printed
}

/** In a shell, as a reader of the page runs it. */
async function run(cwd: string, command: string): Promise<string> {
  const { VITEST: _vitest, CI: _ci, ...env } = process.env
  const node = '"$NODE" --disable-warning=ExperimentalWarning'
  const script = command
    .replace(/^npx runtape /, `${node} "$RUNTAPE" `)
    .replace(/^node /, `${node} ${strip} `)
  const options = { cwd, env: { ...env, NO_COLOR: '1', NODE: process.execPath, RUNTAPE: runtapePath } }
  try {
    return (await promisify(execFile)('/bin/sh', ['-c', script], options)).stdout
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    // 1: the report fails.
    return code === 1 ? stdout : stderr
  }
}

/** Matches the text exactly; an ellipsis matches anything, within a line or across lines. */
function patternOf(text: string): RegExp {
  const lines = text
    .trimEnd()
    .split('\n')
    .map(line => {
      if (line === '…') return '(?:[^]*?)'
      return line
        .split('…')
        .map(part => part.trim().split(/\s+/).map(escape).join('\\s+'))
        .join('.*')
    })
  return new RegExp(`^\\s*${lines.join('\\s+')}\\s*$`)
}

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
