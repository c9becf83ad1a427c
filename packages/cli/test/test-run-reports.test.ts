import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project
const files = ['junit.xml', 'report.md', 'report.html', 'report.json']
const read = (name: string) => readFileSync(join(project.folder, name), 'utf8')
const changed = { GREETING: 'Hi', EXTRA: '1' }
const replaying = [
  'replay',
  './agent.ts#answer',
  '--mock',
  'marked',
  '--limit',
  '50',
  '--evaluator',
  'same-output',
]
const all = ['--reporter', 'pretty,junit,markdown,html,json']

/** Without ids and times, which differ each time, and the paths of the files. */
const settled = (text: string) =>
  text
    .replaceAll(/01[0-9a-f]{30}|[0-9a-f]{16}\b|whole|parts|again/g, 'ID')
    .replaceAll(/"durationMs": [^,\n]+/g, '"durationMs": 0')
    .replaceAll(/time="[\d.]+"|\d+(?:\.\d+)? m?s\b/g, 'TIME')
    .replaceAll(/<rect [^>]*>/g, 'BAR')
    .replaceAll(/started [^<]*|\d\d:\d\d(?::\d\d)?/g, 'TIME')
    .replaceAll(/-?ID\/(?:junit|report)\.\w+\n/g, '')

/** The order of fields in JSON means nothing. */
const content = (text: string): unknown => (text.startsWith('{') ? JSON.parse(text) : text)

beforeAll(async () => {
  project = await newProject()
})

describe('runtape report', () => {
  test('writes the reports that the replay wrote, and exits as it did', async () => {
    const replayed = await project.runtape(
      [...replaying, ...all, '--test-run', 'whole', '--out', 'whole'],
      changed,
    )
    const reported = await project.runtape(['report', 'whole', ...all, '--out', 'again'])
    expect(replayed.code).toBe(1)
    expect(reported).toMatchObject({ code: 1, stderr: '' })
    for (const file of files) expect(content(read(`again/${file}`))).toEqual(content(read(`whole/${file}`)))
    expect(reported.stdout.replaceAll('again/', 'whole/')).toBe(replayed.stdout)
  })

  test('over all shards of another machine equals the report without shards', async () => {
    const shard = (part: string) =>
      project.runtape([...replaying, '--test-run', 'parts', '--shard', part, '--out', part], changed)
    await shard('1/2')
    const early = await project.runtape(['report', 'parts'])
    expect(early.code).toBe(1)
    await shard('2/2')
    const reported = await project.runtape(['report', 'parts', ...all, '--out', 'parts'])
    expect(reported.code).toBe(1)
    for (const file of files)
      expect(content(settled(read(`parts/${file}`)))).toEqual(content(settled(read(`whole/${file}`))))
    const { summary } = JSON.parse(read('parts/report.json')) as { summary: object }
    expect(summary).toMatchObject({ total: 4, pass: false, notRun: 0 })
  })

  test('of an unchanged program passes; of an unknown one it says what to do; without one it lists them', async () => {
    await project.runtape([...replaying, '--test-run', 'fine'])
    const fine = await project.runtape(['report', 'fine', '--json'])
    expect(fine.code).toBe(0)
    expect(JSON.parse(fine.stdout)).toMatchObject({
      key: 'support.answer',
      pass: true,
      items: [{}, {}, {}, {}],
    })
    const unknown = await project.runtape(['report', 'nowhere'])
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('has no test run "nowhere"') })
    const two = await project.runtape(['report', 'fine', 'nowhere'])
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining('Name one test run') })
    const listed = await project.runtape(['report'])
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ fine +support\.answer +passes +4 same/),
    })
  })
})

describe('runtape compare', () => {
  test('says per source what got better and worse, and what only one test run has', async () => {
    await project.runtape([...replaying, '--limit', '3', '--test-run', 'before'], changed)
    await project.runtape([...replaying, '--test-run', 'after'])
    const { code, stdout } = await project.runtape(['compare', 'before', 'after'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[0-9a-f]{32} +failed +same +better +failed → same$/m)
    expect(stdout).toMatch(/\n2 better, 0 worse, 1 same, 0 unknown, 1 only in the second\n$/)
    const back = JSON.parse((await project.runtape(['compare', 'after', 'before', '--json'])).stdout) as {
      counts: object
    }
    expect(back.counts).toEqual({ better: 0, worse: 2, same: 1, unknown: 0, onlyInA: 1, onlyInB: 0 })
    expect((await project.runtape(['compare', 'before'])).code).toBe(2)
    expect((await project.runtape(['compare', 'before', 'nowhere'])).stderr).toContain(
      'no test run "nowhere"',
    )
  })
})

describe('runtape verdict', () => {
  test('keeps all verdicts of several people, and takes one back', async () => {
    await project.runtape([...replaying, '--test-run', 'judged'])
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    const [source = ''] = (await store.testRuns.get('judged'))?.sourceTraceIds ?? []
    await store.close()
    const say = (...words: string[]) => project.runtape(['verdict', 'judged', ...words])
    await say(source, 'pass', '--by', 'Ada')
    const second = await say(source, 'fail', '--by', 'Bo', '--comment', 'rude')
    expect(second.stdout).toMatch(/ pass +Ada .*\n.* fail +Bo .* rude/)
    expect(second.stdout).toContain('0 pass, 1 fail')
    const back = await say(source, '--withdraw', '--by', 'Bo')
    expect(back.stdout).toMatch(/ fail +Bo .* rude +withdrawn by Bo\n1 pass, 0 fail\n$/)
    const { verdicts, history } = JSON.parse((await say('--json')).stdout) as {
      verdicts: Record<string, { by: string }>
      history: { by: string; withdrawn?: object }[]
    }
    expect(Object.values(verdicts).map(({ by }) => by)).toEqual(['Ada'])
    expect(history.map(({ by, withdrawn }) => [by, withdrawn !== undefined])).toEqual([
      ['Ada', false],
      ['Bo', true],
    ])
    expect(await say(source, '--withdraw', '--by', 'Cy')).toMatchObject({ code: 2 })
    expect((await say(source, 'pass', '--withdraw')).code).toBe(2)
  })
})
