import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project, runtapePath } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await newProject()
})

/** Runs the command in a shell pipe, and returns the exit code of the command. */
async function piped(words: string, into: string, env: Readonly<Record<string, string>> = {}) {
  const { CI: _ci, ...outer } = process.env
  const script = `"${process.execPath}" "${runtapePath}" ${words} | ${into}; exit \${PIPESTATUS[0]}`
  const child = spawn('bash', ['-c', script], {
    cwd: project.folder,
    env: { ...outer, NO_COLOR: '1', ...env },
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

const replayed = 'replay ./agent.ts#answer --mock marked'

// A warning of Node must not be the line that is read.
const quiet = { NODE_NO_WARNINGS: '1' }

describe('a reader that closes the pipe early changes no exit code and causes no error output', () => {
  test.each([
    ['both streams', `${replayed} 2>&1`, 'head -1', {}, 0],
    ['both streams, at once', `${replayed} 2>&1`, 'true', {}, 0],
    ['both streams of a replay that fails', `${replayed} 2>&1`, 'head -1', { EXTRA: '1' }, 1],
    ['stdout', `${replayed}`, 'head -1', { EXTRA: '1' }, 1],
    ['stderr', `${replayed} 2>&1 >/dev/null`, 'true', { EXTRA: '1' }, 1],
    ['both streams of a misuse', 'replay ./nowhere.ts 2>&1', 'true', {}, 2],
    ['a query', 'runs --json 2>&1', 'head -1', {}, 0],
  ])('%s', async (_, words, into, env, code) => {
    const ended = await piped(words, into, { ...quiet, ...env })
    expect(ended.stderr.replace(/^\d+\/\d+ replayed.*\n/gm, '')).toBe('')
    expect(ended.code).toBe(code)
  })

  test('the reports are still written', async () => {
    const { code } = await piped(`${replayed} --reporter pretty,junit --out piped 2>&1`, 'true', quiet)
    expect(code).toBe(0)
    const { stdout } = await piped(`${replayed}; cat piped/junit.xml`, 'tail -1', quiet)
    expect(stdout).toContain('</testsuites>')
  })
})
