import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { newSpanId } from '@runtape/core/internal'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { examinePackages } from '../src/doctor/examine-packages.ts'
import { newProject, runtapePath } from './project.ts'

test('a healthy project has no findings', async () => {
  const project = await newProject()
  const { code, stdout } = await project.runtape(['doctor'])
  expect(stdout).toContain('It holds 4 runs (')
  expect(stdout).not.toMatch(/^[!✗]/m)
  expect(code).toBe(0)
})

test('a missing database: lists others, or how one is created', async () => {
  const project = await newProject('empty')
  const first = await project.runtape(['doctor'])
  expect(first.stdout).toContain('There is no database at')
  expect(first.stdout).toContain(`createRecorder({ store: sqliteStore('runtape.db') })`)
  expect(first.code).toBe(1)
  mkdirSync(join(project.folder, 'data'))
  await sqliteStore(join(project.folder, 'data', 'tape.db')).close()
  expect((await project.runtape(['doctor'])).stdout).toContain(
    "one of Runtape's at data/tape.db: pass it with --store",
  )
})

test('an empty database: lists what to check, in order', async () => {
  const project = await newProject('empty')
  await sqliteStore(join(project.folder, 'runtape.db')).close()
  const { code, stdout } = await project.runtape(['doctor'])
  expect(stdout).toMatch(/✗ It is empty.*\n {2}→ Check, in this order: configureTracing/)
  expect(code).toBe(1)
})

test('expected misses of stored traces are counted by key and reason', async () => {
  const project = await newProject('empty')
  const store = sqliteStore(join(project.folder, 'runtape.db'))
  const root = span({ key: 'answer' })
  const child = { traceId: root.traceId, parentSpanId: root.spanId }
  const output = { json: '{"token":"[redacted]"}', redacted: ['$.token'] }
  await store.append([
    root,
    span({ ...child, key: 'login', output }),
    span({ ...child, key: 'login', output }),
  ])
  await store.close()
  const { stdout } = await project.runtape(['doctor'])
  expect(stdout).toContain(
    '1 trace looked at for replays. A replay would miss:\n  login: 2 of 2\n    2 × the recorded output has redacted values',
  )
})

test('a file that is not a Runtape database is named and not changed', async () => {
  const project = await newProject('empty')
  project.write('runtape.db', 'a diary, long enough to be taken for something else entirely')
  const { code, stdout } = await project.runtape(['doctor'])
  expect(stdout).toContain('the file is not an SQLite database. Move it away')
  expect(code).toBe(1)
})

test('inconsistent, unfinished and waiting records are noted', async () => {
  const project = await newProject('empty')
  const path = join(project.folder, 'runtape.db')
  const store = sqliteStore(path)
  await store.append([runEvent(), span({ status: 'unfinished' }), span({ parentSpanId: newSpanId() })])
  await store.close()
  const outbox = sqliteOutbox(path)
  outbox.put([runEvent()])
  outbox.close()
  const { code, stdout } = await project.runtape(['doctor', '--json'])
  const notes = (JSON.parse(stdout) as { level: string; what: string; next?: string }[]).filter(
    ({ level }) => level === 'note',
  )
  expect(notes.map(({ what }) => what)).toEqual([
    'The last record is from 2026-01-01 12:00:00 UTC.',
    'No run has a trace.',
    'No trace has a run.',
    '1 span had not ended when the process did.',
    'Traces without a root, which no list shows: 1.',
    'Run events waiting in the outbox: 1.',
  ])
  expect(notes.every(({ next }) => next !== undefined)).toBe(true)
  expect(code).toBe(0)
})

describe('installed packages', () => {
  const install = (folder: string, name: string, version: string, dependencies = {}) => {
    const path = join(folder, 'node_modules', name)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version, dependencies }))
    return path
  }

  test('two versions of one package, even nested, are a problem', () => {
    const app = mkdtempSync(join(tmpdir(), 'runtape-app-'))
    install(app, '@runtape/core', '0.2.0')
    const trace = install(app, '@runtape/trace', '0.1.0', { '@runtape/core': '^0.1.0' })
    install(trace, '@runtape/core', '0.1.0')
    const [finding] = examinePackages(app)
    expect(finding?.level).toBe('problem')
    expect(finding?.what).toMatch(
      /@runtape\/core is installed in incompatible versions: .*0\.1\.0 in .*0\.2\.0 in/,
    )
  })

  test.each([
    ['0.2.0', '0.2.3', 'note'],
    ['1.2.0', '1.9.0', 'note'],
    ['0.2.0', '0.3.0', 'problem'],
    ['1.9.0', '2.0.0', 'problem'],
    ['0.0.1', '1.0.0', 'problem'],
    ['0.2.0', '0.2.1-next.0', 'problem'],
  ])('copies %s and %s of core are a %s', (version, nested, level) => {
    const app = mkdtempSync(join(tmpdir(), 'runtape-app-'))
    install(app, '@runtape/core', version)
    const trace = install(app, '@runtape/trace', '0.1.0', { '@runtape/core': '*' })
    install(trace, '@runtape/core', nested)
    expect(examinePackages(app)).toMatchObject([{ level, next: expect.stringContaining('npm dedupe') }])
  })

  test('one version of each package is fine', () => {
    const app = mkdtempSync(join(tmpdir(), 'runtape-app-'))
    install(app, '@runtape/core', '0.2.0')
    install(app, '@runtape/trace', '0.1.0', { '@runtape/core': '^0.2.0' })
    expect(examinePackages(app)).toMatchObject([{ level: 'ok' }])
  })
})

describe('on a Node that is too old', () => {
  /** Node 20 if one is in PATH, else this one, which says that it is. */
  const oldNode = (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, 'node'))
    .find(
      path => existsSync(path) && /^v(1\d|20|21)\./.test(spawnSync(path, ['--version']).stdout.toString()),
    )
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.19.0'})`
  const start = (words: readonly string[]) =>
    spawnSync(
      oldNode ?? process.execPath,
      [...(oldNode === undefined ? ['--import', pretend] : []), runtapePath, ...words],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, NO_COLOR: '1' },
        cwd: mkdtempSync(join(tmpdir(), 'runtape-app-')),
      },
    )

  test('the doctor runs, and says what is wrong', () => {
    const { status, stdout, stderr } = start(['doctor'])
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(
      /^✗ Node (1\d|20|21)\.\S+ is too old for Runtape\.\n {2}→ Use Node 22\.13 or newer/,
    )
    expect(stdout).toContain('No Runtape package is installed here.')
    expect(stdout).toContain('The database was not examined.')
  })

  test('the doctor prints JSON, too', () => {
    expect(JSON.parse(start(['doctor', '--json']).stdout)[0]).toMatchObject({ level: 'problem' })
  })

  test('other commands say what they need, and name the doctor', () => {
    const { status, stderr } = start(['usage'])
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/Node 22\.13 or newer is required.*"runtape doctor" says more/),
    })
  })
})
