import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sqliteStore } from '@runtape/store-sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ModelProject, newModelProject } from './model-project.ts'
import { runtapePath } from './project.ts'

let project: ModelProject

beforeEach(async () => {
  project = await newModelProject()
  project.write('.gitignore', 'node_modules\nruntape.db*\nruntape-report\n.env\n')
  expect(await project.record({ ORDERS: 'A-1,A-2' })).toMatchObject({ code: 0 })
  await git('init', '-q', '-b', 'main')
  await commit('first')
}, 180_000)

afterEach(async () => {
  await project.host.close()
})

const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false']
const git = async (...words: string[]) => (await project.run('git', [...author, ...words])).stdout.trim()

async function commit(message: string): Promise<void> {
  await git('add', '-A')
  await git('commit', '-qm', message)
}

const promptOf = (text: string) => `import { traced } from '@runtape/trace'
export const prompt = traced('support.prompt', (order: string) => '${text} Order ' + order)
`
const same = ['--evaluator', 'same-output']
const checkouts = () => readdirSync(tmpdir()).filter(name => name.startsWith('runtape-baseline-'))

/** Expects that no checkout is left. */
async function expectClean(before: readonly string[]): Promise<void> {
  expect(checkouts().filter(name => !before.includes(name))).toEqual([])
  expect(await git('worktree', 'list', '--porcelain')).not.toContain('runtape-baseline')
  expect(existsSync(join(project.folder, 'node_modules/@runtape/core'))).toBe(true)
}

// Each test starts several processes.
describe('--baseline', { timeout: 180_000 }, () => {
  test.each([[[]], [['--isolate']]])('replays the committed code of a changed file %j', async more => {
    const before = checkouts()
    project.write('src/prompt.ts', promptOf('Be brief.'))
    const { code, stdout, stderr } = await project.replay([
      ...same,
      ...more,
      '--baseline',
      '--reporter',
      'pretty,junit,markdown,html',
    ])
    expect(stderr).toMatch(/Baseline: HEAD \([0-9a-f]{7}\)\. Every trace is replayed twice\./)
    expect(stdout).toContain('changed by the change; before the change: same')
    expect(stdout).toContain('differ from the recording: 2 by the change, 0 before too\n')
    expect(code).toBe(1)
    for (const name of ['junit.xml', 'report.md', 'report.html'])
      expect(readFileSync(join(project.folder, 'runtape-report', name), 'utf8')).toContain('2 by the change')
    await expectClean(before)
  })

  test('a new file alone is no change: the code before it is that of the main branch', async () => {
    await git('checkout', '-qb', 'change')
    project.write('src/prompt.ts', promptOf('Be brief.'))
    await commit('change')
    project.write('notes.txt', 'not of the code')
    const { code, stderr } = await project.replay([...same, '--baseline'])
    expect(stderr).toMatch(/Baseline: merge base with main/)
    expect(code).toBe(1)
  })

  test.each([[[]], [['--isolate']]])(
    'a model that answers differently has changed before, too: same-output has nothing to judge %j',
    async more => {
      project.host.answer((response, { body }) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const message = { role: 'assistant', content: 'another model' }
        const choices = [{ index: 0, finish_reason: 'stop', message }]
        response.end(
          JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: body.model, choices }),
        )
      })
      project.write('src/prompt.ts', promptOf('Be brief.'))
      const { code, stdout } = await project.replay([...same, ...more, '--baseline', 'main'])
      expect(stdout).toContain('changed before too: the code before the change ends in the same way')
      expect(stdout).toContain('0 by the change, 2 before too')
      expect(stdout).toContain('? same-output  no score, 2 not judged (before the change too)')
      expect(stdout).toContain(
        'same-output judged nothing: all 2 items differ from the recording in the same way before',
      )
      expect(code).toBe(1)
      const free = await project.replay([...more, '--baseline', 'main'])
      expect(free.code).toBe(0)
      const { code: alone } = await project.replay([...same, ...more])
      expect(alone).toBe(1)
    },
  )

  test('without a ref it is the merge base of a clean branch; what both cost counts', async () => {
    await git('checkout', '-qb', 'brief')
    project.write('src/prompt.ts', promptOf('Be brief.'))
    await commit('be brief')
    const { stdout, stderr } = await project.replay(['--baseline', '--prices', '--limit', '1'])
    expect(stderr).toMatch(/Baseline: merge base with main \([0-9a-f]{7}\)/)
    expect(stdout).toContain('1 by the change')
    expect(stdout).toContain('spent by calls that ran: $0.30')
    const dry = await project.replay(['--baseline', '--dry-run'])
    expect(dry.stdout).toContain('would be replayed, 2 times each')
    const limited = await project.replay(['--baseline', '--max-cost', '0.1', '--limit', '1'])
    expect(limited.stdout).toContain('1 not started')
  })

  test('has a separate test run, and the replay keeps commit, branch, files and command', async () => {
    project.write('src/prompt.ts', promptOf('Be brief.'))
    const { stdout } = await project.replay(['--baseline', 'HEAD', '--limit', '1'])
    const testRunId = /^test run (\S+)$/m.exec(stdout)?.[1] ?? ''
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    expect(await store.testRuns.get(testRunId)).toMatchObject({
      branch: 'main',
      commit: await git('rev-parse', 'HEAD'),
      command: 'runtape replay ./src/agent.ts#answer --baseline HEAD --limit 1',
      codeChangeDescription: expect.stringContaining('1 file changed since main, with uncommitted changes'),
      codeChangeFiles: [{ path: 'src/prompt.ts', after: promptOf('Be brief.') }],
    })
    const others = (await store.testRuns.list()).items.filter(run => run.testRunId !== testRunId)
    expect(others).toMatchObject([
      {
        status: 'completed',
        codeChangeDescription: expect.stringMatching(/^Baseline HEAD \(.{7}\) of test run /),
      },
    ])
    await store.close()
    const off = await project.replay(['--no-git', '--limit', '1'])
    const again = sqliteStore(join(project.folder, 'runtape.db'))
    const plain = await again.testRuns.get(/^test run (\S+)$/m.exec(off.stdout)?.[1] ?? '')
    expect(plain?.commit).toBeUndefined()
    expect(plain?.codeChangeFiles).toBeUndefined()
    await again.close()
  })

  test('runs in its own folder with the settings of the project, and options of --with are the current ones', async () => {
    project.write('.env', 'SIGN=Ada\n')
    project.write('sign.txt', 'old')
    const reading = `import { readFileSync } from 'node:fs'
import { traced } from '@runtape/trace'
process.loadEnvFile('.env')
export const prompt = traced('support.prompt', (order: string) => readFileSync('sign.txt', 'utf8') + process.env.SIGN + order)
`
    project.write('src/prompt.ts', reading)
    await commit('sign')
    project.write('sign.txt', 'new')
    project.write('options.ts', `export const options = { adaptInputs: () => ['A-9'] }\n`)
    const { stdout, stderr, code } = await project.replay([
      '--baseline',
      '--limit',
      '1',
      '--with',
      './options.ts#options',
    ])
    expect(stderr).not.toContain('cannot be replayed')
    expect(code).toBe(0)
    const asked = project.host.requests.map(({ text }) => text).slice(-2)
    expect(asked[0]).toContain('oldAdaA-9')
    expect(asked[1]).toContain('newAdaA-9')
    expect(stdout).toMatch(/unclear whether by the change/)
  })

  test.each([[[]], [['--isolate']]])(
    'code before the change that never yields fails only its items %j',
    async more => {
      const hang = "if (order === 'A-1') while (true) {}"
      const prompt = `(order: string) => {\n  ${hang}\n  return 'Answer politely. Order ' + order\n}`
      project.write(
        'src/prompt.ts',
        `import { traced } from '@runtape/trace'\nexport const prompt = traced('support.prompt', ${prompt})\n`,
      )
      await commit('hang')
      project.write('src/prompt.ts', promptOf('Be brief.'))
      const { stdout, code } = await project.replay(['--baseline', 'HEAD', '--timeout', '2s', ...more])
      expect(stdout).toMatch(
        /unclear whether by the change: before the change it was failed \(.*never yields/,
      )
      expect(stdout).toContain('1 by the change, 0 before too, 1 unclear')
      expect(code).toBe(0)
    },
  )

  test.each([
    ['a ref that git does not know', ['--baseline', 'nowhere'], 'git knows no commit "nowhere"'],
    ['unchanged code', ['--baseline'], 'the code is main itself, and no file is changed'],
  ])('refuses %s', async (_, words, message) => {
    const { code, stderr } = await project.replay(words)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  test('refuses code that cannot be loaded, and leaves nothing behind', async () => {
    const before = checkouts()
    const agent = readFileSync(join(project.folder, 'src/agent.ts'), 'utf8')
    project.write('src/agent.ts', 'throw new Error("broken")\n')
    await commit('break it')
    project.write('src/agent.ts', agent)
    const broken = await project.replay(['--baseline'])
    expect(broken.stderr).toMatch(/The baseline HEAD \(.{7}\) cannot be replayed: .*broken/)
    expect(broken.code).toBe(2)
    project.write('src/agent.ts', agent.replace("'support.answer'", "'support.reply'"))
    await commit('rename it')
    project.write('src/agent.ts', agent)
    const renamed = await project.replay(['--baseline'])
    expect(renamed.stderr).toContain("this export has the key 'support.reply', not 'support.answer'")
    await expectClean(before)
  })

  test.each(['SIGINT', 'SIGKILL'] as const)('leaves nothing behind after %s', async signal => {
    const before = checkouts()
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    project.host.answer(() => resolve())
    project.write('src/prompt.ts', promptOf('Be brief.'))
    const words = [runtapePath, 'replay', './src/agent.ts#answer', '--baseline']
    const env = { ...process.env, HOST: project.host.url }
    const child = spawn(process.execPath, words, { cwd: project.folder, env, stdio: 'ignore' })
    const ended = new Promise(done => child.once('exit', done))
    await asked
    expect(checkouts().length).toBeGreaterThan(before.length)
    child.kill(signal)
    await ended
    while (checkouts().some(name => !before.includes(name))) await delay(50)
    await expectClean(before)
  })
})
