import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runtapePath } from './project.ts'

const scriptFor = (shell: string) =>
  spawnSync(process.execPath, [runtapePath, 'completion', shell], { encoding: 'utf8' })

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0

/** What a shell prints for a program that reads the script in `$1`. */
function inShell(shell: string, program: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-completion-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const script = join(folder, 'script')
  writeFileSync(script, scriptFor(shell).stdout)
  const { stdout, stderr } = spawnSync(shell, ['-c', program, shell, script], {
    encoding: 'utf8',
    cwd: folder,
  })
  expect(stderr).toBe('')
  return stdout
}

describe.skipIf(!has('bash'))('in bash', () => {
  const completed = (...words: readonly string[]) =>
    inShell(
      'bash',
      `source "$1"; COMP_WORDS=(runtape ${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _runtape; echo "\${COMPREPLY[*]}"`,
    ).trim()

  test.each([
    [['us'], 'usage'],
    [['re'], 'replay report review reprice'],
    [['usage', '--cs'], '--csv'],
    [['usage', '--by', 'day', '--li'], '--limit'],
    [['doctor', '--'], '--store --json --help'],
    [['report', 'ci'], ''],
    [['unknown', '--'], ''],
  ])('%j is completed by %j', (words, expected) => {
    expect(
      completed(...words)
        .split(' ')
        .sort(),
    ).toEqual(expected.split(' ').sort())
  })
})

describe.skipIf(!has('zsh'))('in zsh', () => {
  test('the script can be loaded', () => {
    inShell('zsh', 'autoload -Uz compinit; compinit -u -D; source "$1"; [[ -n $_comps[runtape] ]]')
  })
})

describe.skipIf(!has('fish'))('in fish', () => {
  test('commands and flags are completed', () => {
    const complete = (line: string) => inShell('fish', `source $argv[1]; complete -C '${line}'`)
    expect(complete('runtape us')).toMatch(/^usage\t/m)
    expect(complete('runtape usage --cs')).toMatch(/^--csv\t/m)
  })
})

test.each(['zsh', 'fish'])('the script for %s names every command and has balanced quotes', shell => {
  const { stdout } = scriptFor(shell)
  for (const name of ['replay', 'usage', 'set-aside', 'completion']) expect(stdout).toContain(name)
  for (const line of stdout.split('\n')) expect(line.split("'").length % 2, line).toBe(1)
})

test('an unknown shell is refused with the known ones', () => {
  const { status, stderr } = scriptFor('tcsh')
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('bash, zsh, fish') })
})
