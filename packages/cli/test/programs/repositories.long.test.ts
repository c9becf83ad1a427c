import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newProgram, type Program } from './program.ts'

const desk = 'mono/apps/desk'
const fn = './src/agent.ts#answer'
const promptOf = (text: string) => `import { traced } from '@runtape/trace'
export const prompt = traced('support.prompt', (order: string) => '${text} Order ' + order)
`

let program: Program

const writePrompt = (repository: string, text: string) =>
  program.write(`${repository}/apps/desk/src/prompts/support.ts`, promptOf(text))
/** Adds what git does not hold. */
const furnish = (repository: string) =>
  program.sh(
    `ln -s "$ROOT/mono/node_modules" node_modules && cp "$ROOT/${desk}/runtape.db" apps/desk/`.replaceAll(
      '$ROOT',
      program.folder,
    ),
    repository,
  )
const replay = (folder: string, ...words: string[]) =>
  program.runtape(['replay', fn, '--limit', '1', ...words], folder)

// An application in a monorepo, which imports the prompt by an alias.
beforeAll(async () => {
  program = await newProgram()
  const agent = readFileSync(join(program.folder, 'src/agent.ts'), 'utf8')
  program.write('mono/.gitignore', 'node_modules\n*.db*\nruntape-report\n')
  program.write('mono/package.json', '{"type":"module","private":true}')
  program.write(
    `${desk}/package.json`,
    JSON.stringify({ type: 'module', imports: { '#prompts/*': './src/prompts/*' } }),
  )
  program.write(`${desk}/src/agent.ts`, agent.replace('./prompt.ts', '#prompts/support.ts'))
  writePrompt('mono', 'Answer politely.')
  await program.sh(`cp -R -P "${program.folder}/node_modules" mono/ && cp src/record.ts ${desk}/src/`)
  await program.git('init -q -b main && git add -A', 'mono')
  await program.git('commit -qm first', 'mono')
  await program.sh(
    `ORDERS=A-1,A-2 "${process.execPath}" ${process.features.typescript ? '' : '--experimental-strip-types'} src/record.ts`,
    desk,
  )
  writePrompt('mono', 'Be brief.')
}, 180_000)

afterAll(() => program.host.close())

describe('--baseline finds the code before the change', { timeout: 180_000 }, () => {
  test('in a monorepo with path aliases, from the package and from the root', async () => {
    const inside = await replay(desk, '--baseline')
    expect(inside.stderr).toMatch(/Baseline: HEAD \(\w{7}\)/)
    expect(inside.stdout).toContain('differ from the recording: 1 by the change, 0 before too')
    const words = ['replay', './apps/desk/src/agent.ts#answer', '--store', 'apps/desk/runtape.db']
    const root = await program.runtape([...words, '--limit', '1', '--baseline'], 'mono')
    expect(root.stdout).toContain('differ from the recording: 1 by the change, 0 before too')
  })

  test('and keeps no secret of the changed files', async () => {
    program.write('mono/.env.local', 'TOKEN=abc\n')
    program.write(`${desk}/id_rsa`, '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n')
    program.write(`${desk}/src/keys.ts`, "export const key = 'AKIAIOSFODNN7EXAMPLE'\n")
    program.write(`${desk}/src/pw.ts`, "export const db = 'postgres://ada:hunter2secret@db.internal/x'\n")
    await replay(desk, '--test-run', 'secrets')
    const store = sqliteStore(join(program.folder, desk, 'runtape.db'))
    const files = (await store.testRuns.get('secrets'))?.codeChangeFiles ?? []
    await store.close()
    const omitted = files.filter(file => file.omitted === 'may contain secrets').map(({ path }) => path)
    expect(omitted.sort()).toEqual([
      '.env.local',
      'apps/desk/id_rsa',
      'apps/desk/src/keys.ts',
      'apps/desk/src/pw.ts',
    ])
    expect(JSON.stringify(files)).toContain('Be brief.')
    expect(JSON.stringify(files)).not.toMatch(/hunter2|AKIA|OPENSSH|TOKEN/)
    await program.sh('rm .env.local apps/desk/id_rsa apps/desk/src/keys.ts apps/desk/src/pw.ts', 'mono')
  })

  test('in a worktree, and on a detached HEAD; a change on a change is unclear', async () => {
    await program.git('commit -qam brief', 'mono')
    await program.git('worktree add -q ../tree -b change HEAD', 'mono')
    await furnish('tree')
    writePrompt('tree', 'Be kind.')
    const unclear =
      'unclear whether by the change: it differs from the recording before the change too, but in another way'
    const changed = await replay('tree/apps/desk', '--baseline')
    expect(changed.stdout).toContain(unclear)
    expect(changed.stdout).toContain(
      '≠ support.prompt: output changed (before the change too, in another way)',
    )
    await program.git('checkout -q --detach', 'tree')
    await program.git('commit -qam kind', 'tree')
    const detached = await replay('tree/apps/desk', '--baseline')
    expect(detached.stderr).toMatch(/Baseline: merge base with main \(\w{7}\)/)
    expect(detached.stdout).toContain(unclear)
  })

  test('in a submodule', async () => {
    const add = 'submodule --quiet add "file://$PWD/../mono" desk'
    await program.sh('mkdir outer')
    await program.git('init -q -b main', 'outer')
    await program.git(add, 'outer')
    await furnish('outer/desk')
    writePrompt('outer/desk', 'Be quick.')
    const { code, stderr } = await replay('outer/desk/apps/desk', '--baseline')
    expect(stderr).toMatch(/Baseline: HEAD \(\w{7}\)/)
    expect(code).toBe(0)
    const words = [
      'replay',
      './desk/apps/desk/src/agent.ts#answer',
      '--store',
      'desk/apps/desk/runtape.db',
      '--baseline',
    ]
    expect((await program.runtape(words, 'outer')).stderr).toMatch(
      /start the command inside the repository \S+outer\/desk/,
    )
  })

  test('and says what is missing in a shallow clone and without git', async () => {
    await program.git('clone -q --depth 1 --branch main "file://$PWD/mono" shallow')
    await furnish('shallow')
    const none = await replay('shallow/apps/desk', '--baseline')
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Name the code before the change: --baseline HEAD~1'),
    })
    const cut = await replay('shallow/apps/desk', '--baseline', 'HEAD~1')
    expect(cut).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a shallow clone needs git fetch --unshallow'),
    })
    await program.sh('cp -R -P mono nogit && rm -rf nogit/.git')
    const { code, stderr } = await replay('nogit/apps/desk', '--baseline')
    expect(stderr).toContain(
      '--baseline needs git, and a repository around ./src/agent.ts. Git says: fatal: not a git repository',
    )
    expect(code).toBe(2)
    expect(await replay('nogit/apps/desk')).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('git'),
    })
  })
})
