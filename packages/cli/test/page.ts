import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { patternOf } from '../../../tests/support/pattern-of.ts'
import { runtapePath } from './project.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const strip = major === 22 && minor < 18 ? '--experimental-strip-types' : ''

export const readPage = (name: string): string =>
  readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

/** The sections of a page that have commands, with their titles. */
export const sectionsOf = (page: string): (readonly [title: string, text: string])[] =>
  page
    .split(/^## /m)
    .slice(1)
    .filter(text => text.includes('\n```sh\n'))
    .map(text => [text.split('\n')[0] ?? '', text] as const)

export interface Reader {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Runs a block of SQL. Default: it is only shown. */
  readonly sql?: (text: string) => Promise<unknown>
}

/** Does what a section says, block by block, and compares what the commands print. */
export async function follow(section: string, reader: Reader): Promise<void> {
  let printed = ''
  for (const { language, text } of blocksOf(section)) {
    if (language === 'ts') writeBlock(reader.folder, text)
    if (language === 'sql') await reader.sql?.(text)
    if (language === 'sh') printed = await runAll(reader, text)
    if (language === 'text') expect(printed).toMatch(patternOf(text))
  }
}

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
async function runAll(reader: Reader, commands: string): Promise<string> {
  let printed = ''
  for (const command of commands.trim().split('\n')) printed += await run(reader, command)
  return printed
}

/** In a shell, as a reader of the page runs it. */
async function run({ folder: cwd, env: own = {} }: Reader, command: string): Promise<string> {
  const { VITEST: _vitest, CI: _ci, ...env } = process.env
  const node = '"$NODE" --disable-warning=ExperimentalWarning'
  const script = command
    .replace(/\b(?:npx |node_modules\/\.bin\/)runtape /g, `${node} "$RUNTAPE" `)
    .replace(/(?<=^|\) )node /, `${node} ${strip} `)
  const options = {
    cwd,
    env: { ...env, NO_COLOR: '1', NODE: process.execPath, RUNTAPE: runtapePath, ...own },
  }
  try {
    return (await promisify(execFile)('/bin/sh', ['-c', script], options)).stdout
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    // 1: the report fails.
    return code === 1 ? stdout : stderr
  }
}
