import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project
let tapes: readonly string[]
const replayTapes = ['replay', './agent.ts#answer', '--store', 'tapes', '--mock', 'marked']

beforeEach(async () => {
  project = await newProject()
  await project.runtape(['export', '--limit', '50', '--out', 'tapes'])
  tapes = readdirSync(join(project.folder, 'tapes'))
})

test('tapes are replayed next to other files, which are named once', async () => {
  project.write(`tapes/._${tapes[0]}`, '\u0000\u0005\u0016\u0007')
  project.write('tapes/tsconfig.json', '{\n  // for the editor\n  "include": ["*.ts"],\n}')
  const { code, stdout, stderr } = await project.runtape(replayTapes)
  expect(stdout).toContain('support.answer  4 replayed: 4 same')
  const note = `tapes 2 files are not tapes and are skipped: ._${tapes[0]}, tsconfig.json.`
  expect(stderr.split(note)).toHaveLength(2)
  expect(code).toBe(0)
})

test('tapes with a byte order mark are replayed', async () => {
  for (const name of tapes) {
    const path = join(project.folder, 'tapes', name)
    writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8')}`)
  }
  const { code, stdout, stderr } = await project.runtape(replayTapes)
  expect(stdout).toContain('support.answer  4 replayed: 4 same')
  expect(stderr).not.toContain('no tape')
  expect(code).toBe(0)
})

test('a damaged tape is named, and the exit code is 2', async () => {
  project.write(`tapes/${tapes[0]}`, '{ "tape": 1, "spans": [')
  const { code, stderr } = await project.runtape(replayTapes)
  expect(stderr).toMatch(
    /^runtape: The tape file .*tapes.support\.answer-.*\.json cannot be used: it is not JSON/m,
  )
  expect(code).toBe(2)
})
