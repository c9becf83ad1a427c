import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { testSchema, testServer } from '../../../store-postgres/test/server.ts'
import { run as runSql } from '../../../store-postgres/test/subject.ts'
import { newProject, type Project, runtapePath } from '../project.ts'

/** A desk whose tool takes its time; CHANGED changes some results. */
const desk = `import { appendFileSync } from 'node:fs'
import { createRecorder } from '@runtape/recorder'
import { postgresStore } from '@runtape/store-postgres'
import { configureTracing, traced } from '@runtape/trace'
import { statusOf } from './lib/status.ts'

const { STORE, SCHEMA, WAIT_MS = '1', SLOW_MS = WAIT_MS, CHANGED } = process.env
export const recorder = STORE ? createRecorder({ store: postgresStore({ connectionString: STORE, schema: SCHEMA }) }) : undefined
if (recorder) configureTracing({ sink: recorder })
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

const lookup = traced('orders.lookup', { type: 'tool', mockOnReplay: true }, async (order: number) => {
  await pause(Number(order % 250 === 0 ? SLOW_MS : WAIT_MS))
  if (order % 7 === 0) throw new Error('no order ' + order)
  return { order, status: statusOf(order), note: 'a\\u0000b \\ud800' }
})
const refund = traced('refunds.issue', { type: 'tool', mockOnReplay: true }, async (order: number) => order)

export const other = traced('support.other', async (order: number) => order)
export const answer = traced('support.answer', async ({ order }: { order: number }): Promise<string> => {
  appendFileSync('began.txt', order + '\\n')
  const { status, note } = await lookup(order)
  if (CHANGED && order % 11 === 0) await refund(order)
  return CHANGED && order % 5 === 0 ? 'Order ' + order + ' is gone.' : 'Order ' + order + ' is ' + status + note
})
`
const status = `export const statusOf = (order: number): string => (order % 2 === 0 ? 'shipped' : 'packed')\n`
const record = `import { answer, recorder } from './desk.ts'

const count = Number(process.argv[2])
const orders = Array.from({ length: count }, (_, index) => index + 1)
const lane = async () => {
  for (let order = orders.shift(); order !== undefined; order = orders.shift()) await answer({ order }).catch(() => {})
}
await Promise.all(Array.from({ length: 100 }, lane))
await recorder?.close()
`

/** A process of the command that is watched. */
export interface Running {
  readonly child: ChildProcess
  /** All that it has printed. */
  said(): string
  /** Resolves when it has printed this. */
  until(text: string, timeoutMs?: number): Promise<void>
  /** Resolves to its exit code. */
  ended(): Promise<number | null>
}

/** A project with recorded traces in Postgres, and copies of it that stand for other machines. */
export interface Fleet {
  readonly project: Project
  readonly connectionString: string
  readonly schema: string
  readonly jobsSchema: string
  /** The flags of the store and of its queues. */
  readonly flags: readonly string[]
  /** A copy of the project. */
  machine(): string
  start(words: readonly string[], folder?: string, env?: Readonly<Record<string, string>>): Running
  worker(folder?: string, words?: readonly string[]): Running
  /** Replays with workers. */
  replay(words?: readonly string[], env?: Readonly<Record<string, string>>): Running
  /** The JSON report in a folder, one text for each item, without what differs between two equal replays. */
  report(folder: string): readonly string[]
  /** How often code of items began, in a folder. */
  began(folder: string): number
  /** Kills what still runs, and removes the schemas. */
  remove(): Promise<void>
}

export async function newFleet(
  count: number,
  {
    waitMs = 1,
    slowMs = waitMs,
    server = testServer(),
  }: { readonly waitMs?: number; readonly slowMs?: number; readonly server?: Promise<string> } = {},
): Promise<Fleet> {
  const project = await newProject('empty')
  const [connectionString, schema, jobsSchema] = [await server, testSchema(), testSchema()]
  const folders = [project.folder]
  mkdirSync(join(project.folder, 'lib'))
  project.write('desk.ts', desk)
  project.write('lib/status.ts', status)
  project.write('record.ts', record)
  const running: ChildProcess[] = []
  const start: Fleet['start'] = (words, folder = project.folder, env = {}) => {
    const one = watch([runtapePath, ...words], folder, env)
    running.push(one.child)
    return one
  }
  const recorded = watch(['record.ts', String(count)], project.folder, {
    STORE: connectionString,
    SCHEMA: schema,
    WAIT_MS: String(waitMs),
    SLOW_MS: String(slowMs),
  })
  if ((await recorded.ended()) !== 0) throw new Error(recorded.said())
  const store = ['--store', `${connectionString}?schema=${schema}`]
  const flags = [...store, '--jobs-schema', jobsSchema]
  return {
    project,
    connectionString,
    schema,
    jobsSchema,
    flags,
    machine: () => {
      const folder = mkdtempSync(join(tmpdir(), 'runtape-machine-'))
      for (const name of ['desk.ts', 'lib', 'package.json'])
        cpSync(join(project.folder, name), join(folder, name), { recursive: true })
      symlinkSync(join(project.folder, 'node_modules'), join(folder, 'node_modules'))
      folders.push(folder)
      return folder
    },
    start,
    worker: (folder, words = []) => start(['worker', './desk.ts#answer', ...flags, ...words], folder),
    replay: (words = [], env = {}) =>
      start(
        ['replay', './desk.ts#answer', ...flags, '--workers', 'pg', '--reporter', 'json', ...words],
        project.folder,
        env,
      ),
    report: folder => comparable(readFileSync(join(project.folder, folder, 'report.json'), 'utf8')),
    began: folder => {
      try {
        return readFileSync(join(folder, 'began.txt'), 'utf8').trim().split('\n').length
      } catch {
        return 0
      }
    },
    remove: async () => {
      for (const child of running) child.kill('SIGKILL')
      await runSql(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await runSql(connectionString, `DROP SCHEMA IF EXISTS ${jobsSchema} CASCADE`)
    },
  }
}

/** Replaces ids of the replay, times and durations. */
export function comparable(text: string): string[] {
  const { testRunId, items, ...whole } = JSON.parse(text)
  const each = [whole, ...items].map(part =>
    JSON.stringify(part, (name, value) => {
      if (/durationMs$/i.test(name)) return typeof value
      return (name === 'traceId' || name === 'spanId') && typeof value === 'string' ? 'an id' : value
    }),
  )
  return each.map(part => part.replaceAll(testRunId, 'the test run'))
}

export function watch(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Running {
  const { NODE_OPTIONS: _, CI: __, GITHUB_RUN_ID: ___, ...outer } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { ...outer, NO_COLOR: '1', ...env } })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      said += chunk
    })
  const closed = once(child, 'close') as Promise<[number | null]>
  return {
    child,
    said: () => said,
    until: async (text, timeoutMs = 60_000) => {
      for (let waited = 0; !said.includes(text); waited += 20) {
        if (waited > timeoutMs) throw new Error(`It did not say "${text}" but:\n${said}`)
        await sleep(20)
      }
    },
    ended: async () => (await closed)[0],
  }
}
